"""The control plane's own check of tokens: the data plane's verifier, built from the rows of the newest revision.

A request asks the database for the newest revision and rebuilds only when it has moved, so a revocation counts
from the next request on in every process. Key sets are fetched by what the function GATEWAY_KEY_SOURCE names
makes of the options (by default the data plane's): it lives in a layer above this one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils.module_loading import import_string

from permissions import compile as compiled
from permissions.api.caller import TokenCaller
from permissions.credentials import KeysNeeded, TokenVerifier
from permissions.decision import GrantTable
from permissions.identity import Identity
from permissions.key_report import KeysReport, report_of_row
from permissions.spec import IssuerSpec
from revisions.models import Revision

KEY_SOURCE = "proxy.jwks.keys_for"


@dataclass(frozen=True, slots=True)
class _Rows:
    """What one revision says."""

    version: tuple[Any, ...]
    verifier: TokenVerifier
    grants: GrantTable


_lock = threading.Lock()
_rows: _Rows | None = None
_keys: Any = None


def caller_of(token: str) -> TokenCaller:
    """Who sends this token. Raises `CredentialError`."""
    rows = _current()
    due = _key_source().due()
    if due:
        _fetch(due)
    now = time.time()
    try:
        identity = rows.verifier.verify(token, now)
    except KeysNeeded as needed:
        _fetch(needed.issuers)
        identity = rows.verifier.verify(token, now)
    return TokenCaller(identity, rows.grants.held_by(identity, now))


def held_now(identity: Identity, now: float) -> frozenset[str]:
    """What the grants of the newest revision give somebody at epoch second `now`."""
    return _current().grants.held_by(identity, now)


def look_at_keys(issuer: IssuerSpec) -> KeysReport:
    """The keys of a row as they are at this moment; an address is asked, for five seconds at most."""
    if not issuer.jwks_url:
        return report_of_row(issuer)
    report: KeysReport = async_to_sync(_key_source().look)(issuer)
    return report


def _current() -> _Rows:
    global _rows  # noqa: PLW0603 # one cached value a process, replaced whole
    version = _version()
    known = _rows
    if known is not None and known.version == version:
        return known
    with _lock:
        issuers = compiled.issuer_specs()
        keys = _key_source()
        keys.replace_issuers(issuers)
        verifier = TokenVerifier(issuers, compiled.revoked_token_specs(), keys)
        grants = GrantTable(compiled.grant_specs(), compiled.consumer_specs())
        _rows = _Rows(version, verifier, grants)
        return _rows


def _version() -> tuple[Any, ...]:
    """The newest revision and when it was made: a restored database may use a number again."""
    newest = Revision.objects.order_by("-number").values_list("number", "created_at").first()
    return (newest, settings.GATEWAY_JWT_SECRET, settings.GATEWAY_JWT_ISSUER)


def _key_source() -> Any:
    global _keys  # noqa: PLW0603 # made once a process
    if _keys is None:
        _keys = import_string(getattr(settings, "GATEWAY_KEY_SOURCE", KEY_SOURCE))(settings.GATEWAY_OPTIONS)
    return _keys


def _fetch(issuers: Iterable[IssuerSpec]) -> None:
    """Waits for the key sets; one thread at a time, for a fetch belongs to one event loop."""
    with _lock:
        async_to_sync(_key_source().fetch)(tuple(issuers))
