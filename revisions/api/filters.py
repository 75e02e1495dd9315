"""Filters of GET /admin/revisions."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from gateway_project.rest import access
from gateway_project.rest.filters import MomentFilter
from revisions.models import Revision, RevisionItem
from revisions.recorded import kinds


def _kinds() -> list[tuple[str, str]]:
    return [(kind, kind) for kind in kinds()]


class RevisionFilter(django_filters.FilterSet):
    """Each may be left out; several are all applied, `kind` and `object` to one and the same change."""

    actor = django_filters.CharFilter(field_name="actor", max_length=200)
    kind = django_filters.ChoiceFilter(choices=_kinds, method="with_change")
    object = django_filters.CharFilter(method="with_change", max_length=700, help_text="Id or name of an object.")
    since = MomentFilter(field_name="created_at", lookup_expr="gte")
    until = MomentFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Revision
        fields = ["actor", "kind", "object", "since", "until"]

    def with_change(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Revisions that changed an object of this kind, this id or name, as far as the caller may see it."""
        items = access.visible(self.request.user, RevisionItem.objects.filter(revision=OuterRef("pk")))
        kind, wanted = self.form.cleaned_data["kind"], self.form.cleaned_data["object"]
        if kind:
            items = items.filter(kind=kind)
        if wanted:
            items = items.filter(Q(object_id=wanted) | Q(name=wanted))
        return queryset.filter(Exists(items))
