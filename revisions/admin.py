"""Revisions in the console: to read and to go back to, never to edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from gateway_project.rest import access
from gateway_project.rest.errors import ApiError
from revisions import history, in_force
from revisions.change import change
from revisions.console_restore import ObjectRestore, restore_address
from revisions.current import current_revision
from revisions.differences_shown import shown
from revisions.models import Revision, RevisionItem
from revisions.restore import restore_configuration
from revisions.sight import reason_shown, told_to, with_hidden

MOST = 100
"""Changes a page shows."""
OF_ITEMS = ("kind", "object_id")
"""What of an object pages of objects link here by."""


@admin.register(Revision)
class RevisionAdmin(ObjectRestore, ModelAdmin):
    """The history, newest first."""

    list_display = ("number", "created_at", "actor", "reason_shown", "request_id")
    search_fields = ("actor", "reason", "request_id", "items__name")
    date_hierarchy = "created_at"
    fields = ("number", "created_at", "actor", "reason_shown", "request_id")
    actions_detail = ("restore",)
    change_form_after_template = "admin/revisions/differences.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the person may see; by an object, only those that changed one he may see."""
        rows = with_hidden(request.user, access.visible(request.user, super().get_queryset(request)))
        asked = {name: request.GET[f"items__{name}"] for name in OF_ITEMS if f"items__{name}" in request.GET}
        return rows.filter(_with_item(request, **asked)) if asked else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Who is no administrator searches what he is told: neither reasons nor objects that are hidden from him."""
        if access.is_administrator(request.user):
            return super().get_search_results(request, queryset, search_term)
        for word in search_term.split():
            told = Q(actor__icontains=word) | Q(request_id__icontains=word)
            queryset = queryset.filter(told | Q(_with_item(request, name__icontains=word)))
        return queryset, False

    @admin.display(description=_("reason"))
    def reason_shown(self, row: Revision) -> str:
        """As `revisions.sight` says."""
        return reason_shown(row)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Also by the object that was changed: pages of objects link here."""
        return lookup in {f"items__{name}" for name in OF_ITEMS} or super().lookup_allowed(lookup, value, request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """With what it changed, as far as the person may see it."""
        revision = self.get_object(request, object_id)
        if revision is not None:
            items = access.visible(request.user, RevisionItem.objects.filter(revision=revision).order_by("pk"))
            found = told_to(request.user, [history.difference_of(item) for item in items[:MOST]])
            number = revision.number
            pages = shown(found, items.count(), lambda one: restore_address(request.user, number, one))
            kwargs["extra_context"] = pages | {"recorded": revision.recorded}
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
        title = gettext("Restore the configuration as of revision %(number)d") % {"number": revision.number}
        context = {**self.admin_site.each_context(request), "title": title, "back": back, "recorded": True}
        return TemplateResponse(request, "admin/revisions/restore.html", context | shown(found[:MOST], len(found)))

    @staticmethod
    def _go_back(request: HttpRequest, number: int) -> None:
        request_id = getattr(request, "request_id", "")
        with change(request.user.get_username(), reason="console", request_id=request_id) as current:
            current.because(f"restore of {number}")
            restore_configuration(number)
        if current.number is None:
            messages.info(request, gettext("The configuration is as it was: nothing has changed."))
            return
        in_force.wait(current.number)
        messages.success(request, gettext("Configuration restored."))

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


def _with_item(request: HttpRequest, **wanted: str) -> Exists:
    """Whether a revision holds such a change that the person may see."""
    items = access.visible(request.user, RevisionItem.objects.filter(revision=OuterRef("pk"), **wanted))
    return Exists(items)
