"""`X-Request-ID` on every reply: the client's own when it is safe to log, else a new one (G-016)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

SAFE = re.compile(r"[A-Za-z0-9-]{1,64}")


class RequestIdMiddleware:
    """Puts the id on the request as `request_id` and on the reply as a header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Outermost of all, so that errors of other middleware carry the id too."""
        sent = request.headers.get("X-Request-ID", "")
        request_id = sent if SAFE.fullmatch(sent) else str(uuid.uuid4())
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response
