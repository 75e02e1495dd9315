"""Errors a view raises on purpose; each names its code, and the code its HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from gateway_project.rest.codes import Code


class ApiError(Exception):
    """A failure with a code of the table; `content` holds the details a client can act on."""

    code: Code = Code.BAD_REQUEST
    default_message: Any = _("The request is invalid.")

    def __init__(
        self,
        message: object = None,
        *,
        code: Code | None = None,
        content: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code or self.code
        self.message = message or self.default_message
        self.content = dict(content or {})
        self.headers = dict(headers or {})
        super().__init__(str(self.message))


class BadRequest(ApiError):
    """F40000. With `content={"errors": {field: [messages]}}` when fields are to blame (G-013)."""


class Forbidden(ApiError):
    """F40003."""

    code = Code.FORBIDDEN
    default_message = _("Insufficient permissions: administrators only.")


class NotFound(ApiError):
    """F40400."""

    code = Code.NOT_FOUND
    default_message = _("Not found.")


class Conflict(ApiError):
    """F40900: a duplicate, a clash with another row, or a row still in use."""

    code = Code.CONFLICT
    default_message = _("The request conflicts with an existing object.")


class PreconditionFailed(ApiError):
    """F41200: `If-Match` does not name the current state."""

    code = Code.PRECONDITION_FAILED
    default_message = _("The object has changed since it was read.")


class TooLarge(ApiError):
    """F41300: the body is over the limit."""

    code = Code.TOO_LARGE
    default_message = _("The request body is too large.")


def field_errors(errors: Mapping[str, Any], message: object = None) -> BadRequest:
    """A BadRequest that blames fields: {field: message or list of messages}."""
    listed = {
        name: [str(text) for text in texts] if isinstance(texts, (list, tuple)) else [str(texts)]
        for name, texts in errors.items()
    }
    return BadRequest(message, content={"errors": listed})
