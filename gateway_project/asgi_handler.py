"""Django's handler of requests, for those that never become one: they are answered in the envelope too (G-014)."""

from __future__ import annotations

from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.utils.translation import gettext as _

from gateway_project.rest.codes import Code
from gateway_project.rest.envelope import plain_failure


class EnvelopeHandler(ASGIHandler):
    """Refuses with F40000 what Django cannot read, where Django itself answers without a body or fails."""

    def create_request(self, scope: Any, body_file: Any) -> Any:
        """(request, None) or (None, refusal). A parameter of Content-Type in an unknown charset raises in Django."""
        try:
            request, refusal = super().create_request(scope, body_file)
        except ValueError:
            request, refusal = None, None
        if request is None and (refusal is None or refusal.status_code == 400):
            refusal = plain_failure(Code.BAD_REQUEST, _("The request is invalid."))
        return request, refusal
