"""Revisions in the console: to read and to go back to, never to edit."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from gateway_project.rest import access
from gateway_project.rest.errors import ApiError
from revisions import history, in_force
from revisions.change import change
from revisions.current import current_revision
from revisions.models import Action, Revision, RevisionItem
from revisions.restore import restore_configuration

MOST = 100
"""Changes a page shows."""
LONGEST = 300
"""Characters of a value that it shows."""


@admin.register(Revision)
class RevisionAdmin(ModelAdmin):
    """The history, newest first."""

    list_display = ("number", "created_at", "actor", "reason", "request_id")
    search_fields = ("actor", "reason", "request_id", "items__name")
    date_hierarchy = "created_at"
    fields = ("number", "created_at", "actor", "reason", "request_id")
    actions_detail = ("restore",)
    change_form_after_template = "admin/revisions/differences.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the person may see."""
        return access.visible(request.user, super().get_queryset(request))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Also by the object that was changed: pages of objects link here."""
        return lookup in ("items__kind", "items__object_id") or super().lookup_allowed(lookup, value, request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """With what it changed, as far as the person may see it."""
        revision = self.get_object(request, object_id)
        if revision is not None:
            items = access.visible(request.user, RevisionItem.objects.filter(revision=revision).order_by("pk"))
            found = [history.difference_of(item) for item in items[:MOST]]
            kwargs["extra_context"] = shown(found, items.count()) | {"recorded": revision.recorded}
        return super().change_view(request, object_id, *args, **kwargs)

    @action(description=_("Restore"), url_path="restore", permissions=["restore"], icon="settings_backup_restore")
    def restore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks first, showing what would change."""
        revision = self.get_object(request, object_id)
        if revision is None:
            raise Http404
        back = reverse("admin:revisions_revision_changelist")
        try:
            if request.method == "POST":
                self._go_back(request, revision.number)
                return HttpResponseRedirect(back)
            history.require_known(revision.number)
            found = history.between(RevisionItem.objects.all(), current_revision(), revision.number)
        except ApiError as refusal:
            messages.error(request, str(refusal.message))
            return HttpResponseRedirect(back)
        title = now("Restore the configuration as of revision %(number)d") % {"number": revision.number}
        context = {**self.admin_site.each_context(request), "title": title, "back": back, "recorded": True}
        return TemplateResponse(request, "admin/revisions/restore.html", context | shown(found[:MOST], len(found)))

    @staticmethod
    def _go_back(request: HttpRequest, number: int) -> None:
        request_id = getattr(request, "request_id", "")
        with change(request.user.get_username(), reason="console", request_id=request_id) as current:
            current.because(f"restore of {number}")
            restore_configuration(number)
        if current.number is None:
            messages.info(request, now("The configuration is as it was: nothing has changed."))
            return
        in_force.wait(current.number)
        messages.success(request, now("Configuration restored."))

    def has_restore_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The whole is an administrator's."""
        return access.is_administrator(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A revision is made by a change only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not rewritten."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not rewritten."""
        return False


def shown(found: list[history.Difference], total: int) -> dict[str, Any]:
    """Differences for the template."""
    differences = [
        {
            "kind": one.kind,
            "name": one.name,
            "action": one.action,
            "action_shown": Action(one.action).label,
            "changes": {
                name: {"before_shown": text(sides["before"]), "after_shown": text(sides["after"])}
                for name, sides in one.changes.items()
            },
        }
        for one in found
    ]
    rest = total - len(found)
    return {"differences": differences, "further": now("and %(number)d more") % {"number": rest} if rest else ""}


def text(value: Any) -> str:
    """A value as JSON writes it, texts without quotes, cut where it is long."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"
