"""A form is tried before it is saved: made, looked at, taken back, and shown again as it was typed.

The first pass is the save itself, rehearsed (`revisions.change`), so what is told is what saving would do. The second
pass draws the form from the same values; it is kept from being valid, so nothing is written.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from gateway_project.rest import access
from revisions import rehearsal
from revisions.change import change
from revisions.differences_shown import sides_shown
from revisions.models import Action

BUTTON = "_preview"
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

    previewed = True
    """False where a form holds what a browser is not sent back, such as a password."""
    change_form_before_template = "admin/revisions/preview.html"

    def preview(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form again with the effects of saving it, or with its errors."""
        request.rehearsing = True  # type: ignore[attr-defined]
        made = change(request.user.get_username(), foresight=rehearsal.for_caller(request.user))
        with access.acting(request.user), made as current:
            response: HttpResponse = view(request, *args, **kwargs)
        if isinstance(response, TemplateResponse):
            return response
        request.previewed = shown(current.effects or {})  # type: ignore[attr-defined]
        with access.acting(request.user):
            again: HttpResponse = view(request, *args, **kwargs)
        return again

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form; in the second pass of a preview one that is only drawn."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        return type(form.__name__, (_Redrawn, form), {}) if hasattr(request, "previewed") else form

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """With the button for who may save, and what a preview has found."""
        form, row = context["adminform"].form, context.get("original")
        may = self.has_change_permission(request, row) if row else self.has_add_permission(request)  # type: ignore[attr-defined]
        if self.previewed and may and not context.get("is_popup") and form.fields:
            context["actions_submit_line"] = [PREVIEW]
        context["preview"] = getattr(request, "previewed", None)
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
        "conflicts": [one for one in effects.get("conflicts", []) if one["id"] not in taken][:MOST],
        "shadowed": shadowed[:MOST],
        "resolved": effects.get("resolved", [])[:MOST],
        "moved": traffic.get("routes", [])[:MOST],
        "requests": traffic.get("requests_at_most", 0),
    }
