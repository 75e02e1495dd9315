"""The base of every console page that edits configuration: one request, one revision, with the person as actor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from gateway_project.rest import access
from gateway_project.rest.errors import ApiError
from revisions import in_force
from revisions.change import change
from revisions.console_access import TeamPages
from revisions.console_bulk import BulkPages
from revisions.console_delete import CONFIRMED, DELETE_SELECTED, DeletePages
from revisions.console_fields import DocumentField
from revisions.console_preview import TRIED, PreviewPages
from revisions.console_words import why
from revisions.recorded import kind_of


class ConfigurationAdmin(PreviewPages, DeletePages, BulkPages, TeamPages, ModelAdmin):
    """A ModelAdmin whose form, delete and list views each write one change (inlines and actions included)."""

    compressed_fields = True
    list_per_page = 50
    warn_unsaved_form = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """JSON columns as a few lines of text."""
        if isinstance(db_field, models.JSONField) and not kwargs.get("form_class"):
            rows = {"rows": 3, "class": "font-mono"}
            kwargs |= {"form_class": DocumentField, "empty": db_field.get_default}
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs=rows)
            return db_field.formfield(**kwargs)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add and edit, or only tell what that would do, or keep it for later."""
        if self.previewed and request.method == "POST" and TRIED & request.POST.keys():
            return self.preview(request, super().changeform_view, *args, **kwargs)
        return self._as_change(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Delete one: what would go with it is told first."""
        view = super().delete_view
        if self.keeps_deletion(request):
            return self.keep_deletion(request, view, *args, **kwargs)
        if request.method != "POST":
            return self.told_of_deletion(request, view, *args, **kwargs)
        return self._as_change(request, view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list with its actions."""
        view = super().changelist_view
        if request.method == "POST" and request.POST.get("action") == DELETE_SELECTED:
            if self.keeps_deletion(request):
                return self.keep_deletion(request, view, *args, **kwargs)
            if CONFIRMED not in request.POST:
                return self.told_of_deletion(request, view, *args, **kwargs)
        if self.asks_first(request):
            return self.ask(request, view, *args, **kwargs)
        return self._as_change(request, view, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The revisions that changed this object, whichever way."""
        query = urlencode({"items__kind": kind_of(self.model), "items__object_id": object_id})
        return HttpResponseRedirect(f"{reverse('admin:revisions_revision_changelist')}?{query}")

    def _as_change(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            shown: HttpResponse = view(request, *args, **kwargs)
            return shown
        actor = request.user.get_username()
        made = change(actor, reason="console", request_id=getattr(request, "request_id", ""))
        try:
            with access.acting(request.user), made as current:
                response: HttpResponse = view(request, *args, **kwargs)
        except ApiError as refusal:
            list(messages.get_messages(request))  # what was told of the change is taken back like it
            messages.error(request, why(refusal))
            return HttpResponseRedirect(request.get_full_path())
        if current.number is not None:
            in_force.wait(current.number)
        return response
