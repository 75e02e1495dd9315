"""Turns whatever a view raised into an envelope: one table from exception to answer, nothing answered as HTML."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.core.signals import got_request_exception
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from gateway_project.rest.codes import Code, code_of
from gateway_project.rest.envelope import failure
from gateway_project.rest.errors import ApiError
from gateway_project.rest.messages import flat_messages, model_errors

logger = logging.getLogger("gateway.api")

INVALID = _("The request is invalid.")


def handle(exc: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER."""
    set_rollback()
    answered = answer_to(exc)
    if answered is not None:
        return answered
    request = context.get("request")
    logger.error("unhandled error in %s", type(context.get("view")).__name__, exc_info=exc)
    got_request_exception.send(sender=None, request=getattr(request, "_request", None))
    return failure(Code.INTERNAL, _("Internal error."))


def answer_to(exc: Exception) -> Response | None:
    """The answer to an exception that is in the table; None for one nobody expected."""
    for kind, answer in ANSWERS:
        if isinstance(exc, kind):
            return answer(exc)
    return None


def _api_error(exc: Any) -> Response:
    return failure(exc.code, exc.message, exc.content, exc.headers)


def _invalid(exc: Any) -> Response:
    return failure(Code.BAD_REQUEST, INVALID, {"errors": flat_messages(exc.detail)})


def _invalid_model(exc: Any) -> Response:
    return failure(Code.BAD_REQUEST, INVALID, {"errors": model_errors(exc)})


def _unauthenticated(exc: Any) -> Response:
    return failure(Code.UNAUTHENTICATED, exc.detail, headers={"WWW-Authenticate": "Bearer"})


def _throttled(exc: Any) -> Response:
    headers = {"Retry-After": str(int(exc.wait) + 1)} if exc.wait else {}
    return failure(Code.TOO_MANY_REQUESTS, exc.detail, headers=headers)


def _wrong_media_type(exc: Any) -> Response:
    return failure(
        Code.BAD_REQUEST, INVALID, {"errors": {"Content-Type": [str(_("Send the body as application/json."))]}}
    )


def _framework(exc: Any) -> Response:
    detail = exc.detail if isinstance(exc.detail, str) else INVALID
    return failure(code_of(exc.status_code), detail)


def _in_use(exc: Any) -> Response:
    users = sorted({f"{found._meta.verbose_name}: {found}" for found in exc.protected_objects})
    return failure(Code.CONFLICT, _("The object is still in use."), {"used_by": users[:100]})


BUSY = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01", "53300", "55P03"})
"""What SQLite and PostgreSQL call a lock that was not given in time, a deadlock, or too many connections."""


def _database_away(exc: Exception) -> Response:
    """Nothing was stored, and nothing is wrong with the request: it may be sent again."""
    logger.error("database error: %s", exc)
    cause = exc.__cause__
    name = str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "")
    busy = name in BUSY or name.startswith(("SQLITE_BUSY_", "SQLITE_LOCKED_"))
    text = _("The database is busy with another change; try again.") if busy else _("The database is not available.")
    return failure(Code.NO_INSTANCE, text, headers={"Retry-After": "1"})


def _database_fault(exc: Exception) -> Response:
    logger.error("database error: %s", exc)
    return failure(Code.INTERNAL, _("Internal error."))


def _fixed(code: Code, message: Any) -> Callable[[Any], Response]:
    return lambda exc: failure(code, message)


def _integrity(exc: Exception) -> Response:
    logger.warning("integrity error: %s", exc)
    return failure(Code.CONFLICT, _("The request conflicts with an existing object."))


ANSWERS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], Response]], ...] = (
    (ApiError, _api_error),
    (exceptions.ValidationError, _invalid),
    (ModelValidationError, _invalid_model),
    ((exceptions.NotAuthenticated, exceptions.AuthenticationFailed), _unauthenticated),
    (exceptions.Throttled, _throttled),
    (exceptions.UnsupportedMediaType, _wrong_media_type),
    (exceptions.APIException, _framework),
    (Http404, _fixed(Code.NOT_FOUND, _("Not found."))),
    (PermissionDenied, _fixed(Code.FORBIDDEN, _("Permission denied."))),
    (RequestDataTooBig, _fixed(Code.TOO_LARGE, _("The request body is too large."))),
    (SuspiciousOperation, _fixed(Code.BAD_REQUEST, INVALID)),
    (ProtectedError, _in_use),
    (IntegrityError, _integrity),
    (DataError, _fixed(Code.BAD_REQUEST, INVALID)),
    ((OperationalError, InterfaceError), _database_away),
    (DatabaseError, _database_fault),
)
"""First match wins: subclasses stand before their bases."""
