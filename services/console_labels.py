"""Labels given to, and taken from, several rows of a list at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from gateway_project.rest import access
from gateway_project.rest.errors import field_errors
from services.validators import check_labels


class KeyForm(forms.Form):
    """Which label."""

    key = forms.CharField(label=_("Label"), help_text=_("For example team."), widget=UnfoldAdminTextInputWidget())


class LabelForm(KeyForm):
    """Which label, and what it says."""

    value = forms.CharField(label=_("Value"), help_text=_("For example payments."), widget=UnfoldAdminTextInputWidget())

    def clean(self) -> dict[str, Any]:
        """By the rules of the column."""
        values: dict[str, Any] = self.cleaned_data
        if not self.errors:
            check_labels({values["key"]: values["value"]})
        return values


class LabelActions:
    """Of a list whose rows have a column `labels`."""

    model: Any
    message_user: Any
    actions: ClassVar[tuple[str, ...]] = ("give_label", "take_label")
    bulk_actions: ClassVar[frozenset[str]] = frozenset(actions)
    bulk_forms: ClassVar[Mapping[str, type[forms.Form]]] = {"give_label": LabelForm, "take_label": KeyForm}

    @admin.action(description=_("Give the selected %(verbose_name_plural)s a label"), permissions=["change"])
    def give_label(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Another value it may have is replaced."""
        asked = request.bulk  # type: ignore[attr-defined]
        self._label(request, queryset, lambda labels: {**labels, asked["key"]: asked["value"]})

    @admin.action(description=_("Take a label from the selected %(verbose_name_plural)s"), permissions=["change"])
    def take_label(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Those that do not bear it stay as they are."""
        asked = request.bulk  # type: ignore[attr-defined]
        self._label(request, queryset, lambda labels: {key: labels[key] for key in labels if key != asked["key"]})

    def _label(self, request: HttpRequest, queryset: QuerySet[Any], relabelled: Any) -> None:
        """All or none. Raises `PermissionDenied` where one is not the person's to change, `BadRequest`."""
        changed = []
        for row in queryset.order_by("pk"):
            labels = relabelled(row.labels if isinstance(row.labels, dict) else {})
            if labels != row.labels:
                row.labels, row.updated_at = labels, timezone.now()
                changed.append(row)
        if not all(access.may_write(request.user, row) for row in changed):
            raise PermissionDenied
        for row in changed:
            try:
                check_labels(row.labels)
            except ValidationError as error:
                raise field_errors({"labels": [f"{row}: {text}" for text in error.messages]}) from None
        if not changed:
            self.message_user(request, gettext("They are so already: nothing has changed."), messages.INFO)
            return
        self.model.objects.bulk_update(changed, ["labels", "updated_at"], batch_size=500)
        self.message_user(request, gettext("Rows changed: %(count)d.") % {"count": len(changed)}, messages.SUCCESS)
