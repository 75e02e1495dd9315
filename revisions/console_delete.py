"""Before rows are deleted: what goes with them, which routes stand without, and whose requests are lost.

The deletion is rehearsed, so what is told is what it would do. It can be kept in a change set instead.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from django.contrib import messages
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from gateway_project.rest.errors import ApiError
from revisions import console_drafts, drafts
from revisions.console_drafts import KEEP
from revisions.console_preview import shown
from revisions.console_words import why

CONFIRMED = "post"
"""The field by which Django's pages say that they were asked."""
DELETE_SELECTED = "delete_selected"


class DeletePages:
    """The pages that ask before one row, or several, are deleted."""

    model: Any
    delete_confirmation_template = "admin/revisions/delete.html"
    delete_selected_confirmation_template = "admin/revisions/delete_selected.html"

    def keeps_deletion(self, request: HttpRequest) -> bool:
        """Whether what was posted is a deletion for a change set."""
        return request.method == "POST" and KEEP in request.POST and console_drafts.offered(request, self.model)

    def keep_deletion(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """To the change set that holds it, or the page again with what was wrong."""
        keeper = drafts.keeper()
        assert keeper is not None, "`keeps_deletion` has asked it"
        watching = keeper.watching()
        try:
            with console_drafts.rehearsed(request, watching):
                response: HttpResponse = view(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                return response
            kept = console_drafts.put(request, watching)
        except ApiError:
            kept = None  # the preview, which comes next, says why
        return kept if kept is not None else self.told_of_deletion(_asking(request), view, *args, **kwargs)

    def told_of_deletion(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page that asks, with what is told on it."""
        response: HttpResponse = view(request, *args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        if isinstance(response, TemplateResponse) and {"protected", "perms_lacking"} <= context.keys():
            self._tell(request, context)
        return response

    def _tell(self, request: HttpRequest, context: dict[str, Any]) -> None:
        if context["protected"] or context["perms_lacking"]:
            return
        one = context.get("object")

        def delete() -> None:
            if one is not None:
                self.delete_model(request, copy(one))  # type: ignore[attr-defined]
            else:
                self.delete_queryset(request, context["queryset"].all())  # type: ignore[attr-defined]

        context["preview"] = effects_of(request, delete)
        context["draft"] = console_drafts.panel(request, self.model)


def effects_of(request: HttpRequest, act: Callable[[], Any]) -> dict[str, Any] | None:
    """What it would do, for a page. None, and a message, where it would be refused."""
    try:
        with console_drafts.rehearsed(request) as current:
            act()
    except ProtectedError:
        return None
    except ApiError as refusal:
        messages.error(request, why(refusal))
        return None
    return shown(current.effects or {})


def _asking(request: HttpRequest) -> HttpRequest:
    """The request as if nobody had said yes yet."""
    again, posted = copy(request), request.POST.copy()
    posted.pop(CONFIRMED, None)
    if "action" not in posted:
        posted.clear()
    again.POST = posted  # type: ignore[assignment] # Django takes any
    return again
