"""A form is tried before it is saved: made, looked at, taken back, and shown again as it was typed.

The first pass is the save itself, rehearsed (`revisions.change`), so what is told is what saving would do, and what is
kept in a change set is what saving would store. The second pass draws the form from the same values; it is kept from
being valid, so nothing is written.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from gateway_project.rest import access
from gateway_project.rest.errors import ApiError
from revisions import console_drafts, drafts
from revisions.console_drafts import ASK, ASKING, KEEP
from revisions.console_words import why
from revisions.differences_shown import sides_shown
from revisions.models import Action

BUTTON = "_preview"
TRIED = frozenset({BUTTON, ASK, KEEP})
"""Buttons by which a form is tried, and not saved."""
MOST = 50
"""Changes, and routes of each sort, that a preview shows."""
PREVIEW = SimpleNamespace(action_name=BUTTON, description=_("Preview"), icon="preview", attrs={})
"""A button as unfold's templates draw it, beside Save."""


class _Redrawn:
    """A form that is shown again, without errors and without being saved."""

    def is_valid(self) -> bool:
        """Never; what was typed is cleaned all the same."""
        super().is_valid()  # type: ignore[misc]
        return False


class PreviewPages:
    """Pages of one model whose form can be previewed."""

    model: Any
    previewed = True
    """False where a form holds what a browser is not sent back, such as a password."""
    change_form_before_template = "admin/revisions/before_form.html"

    def preview(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form again with the effects of saving it, or with its errors; or to the change set that keeps it."""
        keeper = drafts.keeper() if KEEP in request.POST and console_drafts.offered(request, self.model) else None
        watching = None if keeper is None else keeper.watching()
        shown_effects = None
        try:
            with console_drafts.rehearsed(request, watching) as current:
                response: HttpResponse = view(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                return response
            shown_effects = None if watching is not None else shown(current.effects or {})
            kept = None if watching is None else console_drafts.put(request, watching)
        except ApiError as refusal:
            kept = None
            messages.error(request, why(refusal))
        if kept is not None:
            return kept
        request.previewed = shown_effects  # type: ignore[attr-defined]
        with access.acting(request.user):
            again: HttpResponse = view(request, *args, **kwargs)
        return again

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form; in the second pass of a preview one that is only drawn."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        return type(form.__name__, (_Redrawn, form), {}) if hasattr(request, "previewed") else form

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """With the buttons for who may save, and what a preview has found."""
        form, row = context["adminform"].form, context.get("original")
        may = self.has_change_permission(request, row) if row else self.has_add_permission(request)  # type: ignore[attr-defined]
        if self.previewed and may and not context.get("is_popup") and form.fields:
            keeps = console_drafts.offered(request, self.model)
            context["actions_submit_line"] = [PREVIEW, ASKING] if keeps else [PREVIEW]
        context["preview"] = getattr(request, "previewed", None)
        if {ASK, KEEP} & request.POST.keys():
            context["draft"] = console_drafts.panel(request, self.model)
        drawn: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        return drawn

    def message_user(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Nothing is told of what is taken back."""
        if not getattr(request, "rehearsing", False):
            super().message_user(request, *args, **kwargs)  # type: ignore[misc]


def shown(effects: dict[str, Any]) -> dict[str, Any]:
    """Effects for templates/admin/revisions/preview.html."""
    changes = [
        {**one, "action_shown": Action(one["action"]).label, "sides": sides_shown(one.get("fields", {}))}
        for one in effects.get("changes", [])
    ]
    traffic, shadowed = effects.get("traffic", {}), effects.get("shadowed", [])
    taken = {one["id"] for one in shadowed}
    return {
        "changes": changes[:MOST],
        "further": max(0, len(changes) - MOST),
        "conflicts": [one for one in effects.get("conflicts", []) if one["id"] not in taken][:MOST],
        "shadowed": shadowed[:MOST],
        "resolved": effects.get("resolved", [])[:MOST],
        "moved": traffic.get("routes", [])[:MOST],
        "requests": traffic.get("requests_at_most", 0),
    }
