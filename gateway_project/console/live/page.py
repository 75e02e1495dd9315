"""Who may open the pages of the live half: whoever may see routes. What is on them is judged row by row."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from rest_framework.permissions import BasePermission

NEEDED = "routing.view_route"

View = Callable[..., HttpResponseBase]


def may_open(request: HttpRequest) -> bool:
    """Whether the person is staff, and may see routes."""
    return bool(admin.site.has_permission(request)) and request.user.has_perm(NEEDED)


def live_view(view: View) -> View:
    """For who is logged in and may open it; others come to the login, or are refused."""

    @wraps(view)
    def judged(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_open(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    wrapped: View = admin.site.admin_view(judged)
    return wrapped


def page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> TemplateResponse:
    """A page of the console as wide as the window."""
    whole = {**admin.site.each_context(request), "title": title, "is_fullwidth": "1", **context}
    return TemplateResponse(request, template, whole)


class MayOpen(BasePermission):
    """The same for a view of the API that the pages read."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """As `may_open`."""
        return may_open(request)
