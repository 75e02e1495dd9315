"""Follows each request that may write, from its beginning to its answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import SAFE_METHODS

from permissions.audit import trail
from permissions.models import AuditAction


class AuditMiddleware:
    """Outside of everything that may refuse a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, once its entry is written."""
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        current = trail.Asked(request)
        if request.path in trail.LOGINS:
            current.action = AuditAction.LOGIN
        token = trail._asked.set(current)
        try:
            response = self.get_response(request)
            trail.conclude(current, response.status_code)
        finally:
            trail._asked.reset(token)
        return response
