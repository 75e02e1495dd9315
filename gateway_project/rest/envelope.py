"""The one shape of every reply of the control plane: exactly `code`, `msg` and `content` (G-001)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from gateway_project.rest.codes import Code, code_of, status_of


class Envelope(dict[str, Any]):
    """A body that already has its three keys, so that the renderer does not wrap it again."""


def envelope(code: str, message: object, content: Mapping[str, Any] | None = None) -> Envelope:
    """The body of a reply; the message is translated here, in the language of the request."""
    return Envelope(code=str(code), msg=str(message), content=dict(content or {}))


def success(message: object, content: Mapping[str, Any] | None = None) -> Response:
    """An S10000 reply for a DRF view."""
    return Response(envelope(Code.OK, message, content))


def failure(
    code: str,
    message: object,
    content: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A failure reply for a DRF view, with the HTTP status its code stands for."""
    return Response(envelope(code, message, content), status=status_of(code), headers=dict(headers or {}))


def plain_failure(code: str, message: object, content: Mapping[str, Any] | None = None) -> HttpResponse:
    """A failure reply where no DRF view is at work: middleware and Django's own error handlers."""
    body = json.dumps(envelope(code, message, content), ensure_ascii=False)
    return HttpResponse(body.encode(), status=status_of(code), content_type="application/json")


class EnvelopeRenderer(JSONRenderer):
    """JSON in the envelope, also for what a framework view returned without one (OPTIONS, for one)."""

    ensure_ascii = False

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """UTF-8 JSON of the enveloped data."""
        if not isinstance(data, Envelope):
            data = self._wrapped(data, (renderer_context or {}).get("response"))
        rendered: bytes = super().render(data, accepted_media_type, renderer_context)
        return rendered

    @staticmethod
    def _wrapped(data: Any, response: Response | None) -> Envelope:
        content = data if isinstance(data, Mapping) else {"result": data} if data is not None else {}
        if response is not None and response.status_code >= 400:
            return envelope(code_of(response.status_code), response.status_text, content)
        return envelope(Code.OK, _("OK"), content)
