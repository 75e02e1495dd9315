"""Actions of a list that change several rows: shown first, then done as one change, or kept in a change set.

Django's action is what is rehearsed, and what is done: it changes the rows and tells it by `message_user`. An action
that has to be told more names a form in `bulk_forms`; it finds the answer in `request.bulk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import model_format_dict
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from gateway_project.rest.errors import ApiError
from revisions import console_drafts, drafts
from revisions.console_delete import effects_of
from revisions.console_drafts import ASK, KEEP
from revisions.console_preview import BUTTON

APPLY = "_apply"
MOST = 50
"""Rows that the page names."""


class BulkPages:
    """The list of one model."""

    model: Any
    bulk_actions: ClassVar[frozenset[str]] = frozenset()
    """Names of the actions that are shown first."""
    bulk_forms: ClassVar[Mapping[str, type[forms.Form]]] = {}

    def asks_first(self, request: HttpRequest) -> bool:
        """Whether what was posted is an action that nobody has confirmed yet, or cannot be carried out as it is."""
        name = request.POST.get("action", "")
        if request.method != "POST" or name not in self.bulk_actions or not request.POST.getlist(ACTION_CHECKBOX_NAME):
            return False
        request.bulk_form = self._bulk_form(request, name)  # type: ignore[attr-defined]
        if request.bulk_form is not None and not request.bulk_form.is_valid():  # type: ignore[attr-defined]
            return True
        request.bulk = {} if request.bulk_form is None else request.bulk_form.cleaned_data  # type: ignore[attr-defined]
        return APPLY not in request.POST

    def ask(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page that tells what the action would do; or to the change set that keeps it. Raises as the action."""
        form = request.bulk_form  # type: ignore[attr-defined]
        ready = form is None or form.is_valid()
        if ready and KEEP in request.POST and console_drafts.offered(request, self.model):
            kept = self._keep(request, view, *args, **kwargs)
            if kept is not None:
                return kept
        preview = effects_of(request, lambda: view(request, *args, **kwargs)) if ready else None
        return TemplateResponse(request, "admin/revisions/bulk.html", self._context(request, form, preview))

    def _keep(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse | None:
        keeper = drafts.keeper()
        assert keeper is not None, "`offered` has asked it"
        watching = keeper.watching()
        try:
            with console_drafts.rehearsed(request, watching):
                view(request, *args, **kwargs)
        except ApiError:
            return None  # the preview, which comes next, says why
        return console_drafts.put(request, watching)

    def _bulk_form(self, request: HttpRequest, name: str) -> forms.Form | None:
        """Bound once it has been answered."""
        form = self.bulk_forms.get(name)
        answered = {BUTTON, APPLY, ASK, KEEP} & request.POST.keys()
        return None if form is None else form(request.POST if answered else None)

    def _context(self, request: HttpRequest, form: Any, preview: Any) -> dict[str, Any]:
        name = request.POST["action"]
        rows = self._selected(request)
        _function, _name, title = self.get_actions(request)[name]  # type: ignore[attr-defined]
        return {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": title % model_format_dict(self.model._meta),
            "rows": [str(row) for row in rows[:MOST]],
            "further": max(0, rows.count() - MOST),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across", "0"),
            "action": name,
            "bulk_form": form,
            "preview": preview,
            "draft": console_drafts.panel(request, self.model) if preview is not None else None,
            "back": request.get_full_path(),
        }

    def _selected(self, request: HttpRequest) -> QuerySet[Any]:
        """As Django finds them: among what the list shows."""
        rows: QuerySet[Any] = self.get_changelist_instance(request).get_queryset(request)  # type: ignore[attr-defined]
        if request.POST.get("select_across") == "1":
            return rows
        return rows.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
