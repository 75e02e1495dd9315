"""Cross-origin calls of the API, off unless GATEWAY_CORS_ORIGINS names origins (G-016)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

ALLOWED_METHODS = "GET, POST, PUT, DELETE, OPTIONS"
ALLOWED_HEADERS = "Authorization, Content-Type, Accept-Language, If-Match, X-Request-ID, X-Change-Reason"
EXPOSED_HEADERS = "ETag, X-Request-ID, X-Gateway-Revision, Retry-After"
PREFLIGHT_SECONDS = 600


class CorsMiddleware:
    """Answers preflights and marks replies for the origins on the list.

    Credentials are never allowed: tokens are sent by hand.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leaves requests of other origins alone; the browser then refuses to show the reply."""
        origin = request.headers.get("Origin", "")
        if not settings.GATEWAY_CORS_ORIGINS or origin not in settings.GATEWAY_CORS_ORIGINS:
            return self.get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = ALLOWED_METHODS
            response["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        else:
            response = self.get_response(request)
            response["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        response["Access-Control-Allow-Origin"] = origin
        patch_vary_headers(response, ["Origin"])
        return response
