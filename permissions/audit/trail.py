"""Writing the audit trail.

| what                                   | when it is written                                                    |
|----------------------------------------|-----------------------------------------------------------------------|
| a change of the configuration          | in its transaction, with the number of the revision                   |
| another change of the console          | in its transaction, with Django's own log entry                       |
| another write, a login                 | after it has succeeded                                                |
| a write or a login that was refused    | afterwards, as far as the budget of refusals goes, and if it can be   |
"""

from __future__ import annotations

import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.utils import timezone

from permissions.api.caller import TokenCaller
from permissions.api.client_address import client_address
from permissions.api_tokens import ScriptCaller
from permissions.asking import only_asks
from permissions.audit.budget import RefusalBudget
from permissions.models import AuditAction, AuditEntry, AuditOutcome, AuditVia

logger = logging.getLogger("gateway.audit")

REFUSED = frozenset({401, 403, 404, 409, 412, 429})
"""Statuses that say no to a request that was understood."""
LOGINS = frozenset({"/admin/auth/token", "/admin/auth/refresh"})
CLEANED_EVERY = 3600.0

refusals = RefusalBudget()
_cleaned: list[float] = []


@dataclass(slots=True)
class Asked:
    """One request that may write."""

    request: HttpRequest
    action: AuditAction = AuditAction.WRITE
    actor: str = ""
    noted: bool = False
    """Whether its entry is there already."""
    refused: bool = False
    """Whether it failed, whatever the status: the console answers a wrong password with its form."""


_asked: ContextVar[Asked | None] = ContextVar("permissions_audit_asked", default=None)


def asked() -> Asked | None:
    """The request that this thread answers; None in a command."""
    return _asked.get()


def act(action: AuditAction) -> None:
    """Says what the request of this thread does, where it is more than a write."""
    current = asked()
    if current is not None:
        current.action = action


def name_attempt(name: str) -> None:
    """Says who somebody claims to be before it is known."""
    current = asked()
    if current is not None:
        current.actor = name


def note(
    outcome: AuditOutcome,
    *,
    actor: str = "",
    status: int | None = None,
    revision: int | None = None,
    detail: str = "",
) -> None:
    """Writes one entry on the request of this thread, in the transaction it is called in.

    `detail` is told after the path, where that alone says too little.
    """
    current = asked()
    if current is None:
        entry = AuditEntry(actor=_plain(actor)[:200], via=AuditVia.COMMAND, action=AuditAction.WRITE)
    else:
        request = current.request
        current.noted = True
        entry = AuditEntry(
            actor=_plain(actor or current.actor or _name(request))[:200],
            via=_via(request),
            address=client_address(request)[:45],
            request_id=getattr(request, "request_id", "")[:64],
            action=current.action,
            method=(request.method or "")[:10],
            object=_plain(f"{request.path} {detail}".rstrip())[:500],
        )
    entry.outcome, entry.status, entry.revision = outcome, status, revision
    entry.save(force_insert=True)
    _clean()


def conclude(current: Asked, status: int) -> None:
    """Writes what has to be written once the answer is known. A database that is away does not spoil the answer."""
    succeeded = status < 400 and not current.refused
    try:
        if succeeded and not current.noted and _is_write(current):
            note(AuditOutcome.SUCCEEDED, status=status)
        elif (current.refused or status in REFUSED) and _within_budget(current):
            note(AuditOutcome.REFUSED, status=status)
    except Error:
        logger.exception("an audit entry was lost: %r %r", current.request.method, current.request.path)


def _within_budget(current: Asked) -> bool:
    return refusals.allows(client_address(current.request), time.monotonic())


def _is_write(current: Asked) -> bool:
    path = current.request.path
    if path.startswith("/console/"):
        return current.action == AuditAction.LOGIN  # what a page changes is noted where it changes it
    return not (path.endswith("/heartbeat") or only_asks(current.request))


def _name(request: HttpRequest) -> str:
    user: Any = getattr(request, "user", None)
    return str(user.get_username()) if user is not None and user.is_authenticated else ""


def _plain(text: str) -> str:
    """Without characters that a database may not take (NUL) or that would spoil a list of entries."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def _via(request: HttpRequest) -> AuditVia:
    user: Any = getattr(request, "user", None)
    if isinstance(user, ScriptCaller):
        return AuditVia.API_TOKEN
    if isinstance(user, TokenCaller):
        return AuditVia.TOKEN
    return AuditVia.SESSION if user is not None and user.is_authenticated else AuditVia.NOTHING


def _clean() -> None:
    """Forgets entries that are too old, once an hour a process."""
    now = time.monotonic()
    if _cleaned and now - _cleaned[0] < CLEANED_EVERY:
        return
    _cleaned[:] = [now]
    AuditEntry.objects.filter(at__lt=timezone.now() - timedelta(days=settings.GATEWAY_AUDIT_DAYS)).delete()
