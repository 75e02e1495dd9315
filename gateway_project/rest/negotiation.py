"""Which renderer answers: JSON, whatever `Accept` says, but for a person logged in to the console with a browser."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request


class EnvelopeNegotiation(DefaultContentNegotiation):
    """Never 406: a client that accepts nothing we have is still told, in JSON, how its call went (G-001)."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """A renderer and its media type."""
        user = getattr(request._request, "user", None)
        is_person = user is not None and getattr(user, "is_authenticated", False)
        usable = [one for one in renderers if is_person or not isinstance(one, BrowsableAPIRenderer)]
        try:
            return super().select_renderer(request, usable, format_suffix)
        except NotAcceptable:
            return usable[0], usable[0].media_type
