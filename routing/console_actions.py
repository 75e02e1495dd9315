"""What the list of routes does with several at once: each is shown first, and is one change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway_project.rest import access
from routing.models import Route
from services.console_labels import LabelActions


class RouteActions(LabelActions):
    """Actions of the list, for who may change routes; of which service, each row decides."""

    message_user: Any

    actions = ("enable", "disable", "give_label", "take_label")
    bulk_actions = frozenset(actions)

    @admin.action(description=_("Switch the selected routes on"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Route]) -> None:
        """Those that are off."""
        self._switch(request, queryset, is_active=True)

    @admin.action(description=_("Switch the selected routes off"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Route]) -> None:
        """Those that are on: they keep their place in the list and take no request."""
        self._switch(request, queryset, is_active=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Route], *, is_active: bool) -> None:
        """All or none. Raises `PermissionDenied` where one belongs to what the person may not change."""
        wanted = queryset.exclude(is_active=is_active)
        of_services = {row.service_id: row for row in wanted.select_related("service")}
        if not all(access.may_write(request.user, row) for row in of_services.values()):
            raise PermissionDenied
        count = Route.objects.filter(pk__in=list(wanted.values_list("pk", flat=True))).update(
            is_active=is_active, updated_at=timezone.now()
        )
        if not count:
            self.message_user(request, gettext("They are so already: nothing has changed."), messages.INFO)
            return
        self.message_user(request, gettext("Routes changed: %(count)d.") % {"count": count}, messages.SUCCESS)
