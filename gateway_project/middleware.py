"""Middleware of the whole project: the revision on every reply, and the framing of bodies."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS

from gateway_project.rest.codes import Code
from gateway_project.rest.envelope import plain_failure
from revisions.current import current_revision

logger = logging.getLogger("gateway.api")

Handler = Callable[[HttpRequest], HttpResponse]


class RevisionMiddleware:
    """`X-Gateway-Revision` on every reply (G-016): what the view says, else the newest, else the last one known."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.last_known = 0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A reply with the header; a database that is away does not spoil the reply."""
        response = self.get_response(request)
        if "X-Gateway-Revision" not in response:
            response["X-Gateway-Revision"] = str(self._revision(request))
        return response

    def _revision(self, request: HttpRequest) -> int:
        if request.path.startswith(("/static/", "/health")):
            return self.last_known  # must not wait for the database
        try:
            self.last_known = current_revision()
        except Error:
            logger.warning("the revision cannot be read; the last known one is named")
        return self.last_known


class DryRunMiddleware:
    """Refuses `?dry_run` where a view cannot take back what it does: it must not do it instead (G-501)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The reply of the view."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """F40000 for a view that is not `rehearsable`; those that only read refuse unknown parameters themselves."""
        view_class = getattr(view, "cls", None)
        if view_class is None or "dry_run" not in request.GET or request.method in SAFE_METHODS:
            return None
        if getattr(view_class, "rehearsable", False):
            return None
        errors = {"dry_run": [_("This call cannot be rehearsed; nothing was done.")]}
        return plain_failure(Code.BAD_REQUEST, _("The request is invalid."), {"errors": errors})


class FramingMiddleware:
    """Gives chunked requests the length DRF judges a body by, and replies a Content-Length."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuses with F41300 a chunked body over the limit for control requests."""
        if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            length = len(request.body)
            if length > settings.GATEWAY_OPTIONS.max_control_body_bytes:
                return plain_failure(Code.TOO_LARGE, _("The request body is too large."))
            request.META["CONTENT_LENGTH"] = str(length)
        response = self.get_response(request)
        if not response.streaming and "Content-Length" not in response:
            response["Content-Length"] = str(len(response.content))
        return response
