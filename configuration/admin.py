"""Change sets in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from configuration.changesets import sets
from configuration.console.changeset_page import changeset_page
from configuration.console.keeper import may_keep
from configuration.models import ChangeSet, State

SCHEDULED = "scheduled"
CONDITIONS = {
    State.DRAFT.value: _("draft"),
    SCHEDULED: _("scheduled"),
    State.PUBLISHED.value: _("published"),
    State.FAILED.value: _("refused"),
}


class ConditionFilter(admin.SimpleListFilter):
    """As the list words it: a draft that has a time is scheduled."""

    title = _("state")
    parameter_name = "condition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """All of them."""
        return list(CONDITIONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those in this state; all where none, or one there is not, is asked for."""
        wanted = self.value()
        if wanted in (State.DRAFT, SCHEDULED):
            return queryset.filter(state=State.DRAFT, publish_at__isnull=wanted != SCHEDULED)
        return queryset.filter(state=wanted) if wanted in CONDITIONS else queryset


@admin.register(ChangeSet)
class ChangeSetAdmin(ModelAdmin):
    """Drafts and what was published: a person's own, all of them to administrators (docs/console.md)."""

    change_list_template = "admin/changesets/list.html"
    list_display = ("reason", "condition", "total", "actor", "updated_at", "publish_at", "published_at", "revision")
    list_filter = (ConditionFilter,)
    search_fields = ("reason", "actor")
    list_per_page = 50
    actions = None

    @display(
        description=_("state"),
        label={"draft": "info", SCHEDULED: "warning", "published": "success", "failed": "danger"},
    )
    def condition(self, row: ChangeSet) -> tuple[str, str]:
        """In the colour of what it means."""
        found = condition_of(row)
        return found, str(CONDITIONS[found])

    @admin.display(description=_("changes"))
    def total(self, row: ChangeSet) -> int:
        """How many."""
        return len(row.changes)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChangeSet]:
        """As the API shows them."""
        return sets.seen_by(request.user, super().get_queryset(request)).defer("seen", "standing", "problem")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One set, with what can be done with it."""
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        return changeset_page(request, row, str(CONDITIONS[condition_of(row)]))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As of the API: operators and administrators."""
        return may_keep(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As of the API; which sets, the queryset says."""
        return may_keep(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A set begins with a change: on the form, or the list, of what is changed."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its own page changes it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its own page discards it."""
        return False


def condition_of(row: ChangeSet) -> str:
    """A key of `CONDITIONS`."""
    return SCHEDULED if row.state == State.DRAFT and row.publish_at is not None else str(row.state)
