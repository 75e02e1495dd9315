"""Key sets of issuers with a JWKS address: fetched, kept, refreshed (G-007, RFC 7517 §5).

Requests read keys synchronously; only a token whose key is not known waits for a fetch. Rules:

- one fetch at a time for an issuer, shared by all who wait, and not begun again within `PAUSE_SECONDS`, whether
  it failed or simply lacked the key: tokens with invented key ids cannot be used to hammer an issuer;
- keys older than `REFRESH_SECONDS` are used on while a refresh runs in the background;
- an address that fails, or answers with anything but a key set, leaves the last good keys in force, but only for
  `KEEP_SECONDS`: a withdrawn key must not live for ever because its issuer cannot be reached;
- a well-formed set replaces the former one whole: a key that is no longer in it is no longer believed, and whoever
  remembers what it had verified is told (`on_withdrawal`);
- an address is asked only where `key_guard` allows a connection (R-22).

`proxy.key_set_download` asks. It is imported when the first issuer has such an address, not under a request.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from permissions.key_report import KeysReport
from permissions.spec import IssuerSpec
from permissions.verification_key import VerificationKey
from proxy.key_set import parse_key_set, report_of_key_set
from proxy.options import GatewayOptions
from proxy.transport.target_guard import TargetGuard, key_guard

logger = logging.getLogger("gateway.jwks")

PAUSE_SECONDS = 10.0
REFRESH_SECONDS = 25.0
KEEP_SECONDS = 86_400.0


@dataclass(slots=True)
class _KeySet:
    """What is known of one issuer. Times are the clock's seconds, None for never."""

    issuer: IssuerSpec
    keys: dict[str, VerificationKey] = field(default_factory=dict)
    fetched_at: float | None = None
    attempted_at: float | None = None
    is_wanted: bool = False
    fetch: asyncio.Task[None] | None = None


class JwksKeys:
    """A `KeySource` for `TokenVerifier`; lives as long as its process and outlives every snapshot."""

    def __init__(
        self,
        guard: TargetGuard,
        clock: Callable[[], float] = time.monotonic,
        on_withdrawal: Callable[[str], None] = lambda issuer_id: None,
    ) -> None:
        """`on_withdrawal` is called with the id of an issuer whose refreshed set lacks a key it had, or has another."""
        self._guard = guard
        self._clock = clock
        self._on_withdrawal = on_withdrawal
        self._sets: dict[str, _KeySet] = {}

    def replace_issuers(self, issuers: Iterable[IssuerSpec]) -> None:
        """Forgets issuers that are gone; one whose address or algorithms changed starts afresh."""
        wanted = {issuer.id: issuer for issuer in issuers if issuer.jwks_url}
        if wanted:
            import proxy.key_set_download  # noqa: F401 - now: no request shall wait for httpx to be loaded
        self._sets = {
            issuer_id: kept
            if (kept := self._sets.get(issuer_id)) is not None and _source(kept.issuer) == _source(issuer)
            else _KeySet(issuer)
            for issuer_id, issuer in wanted.items()
        }

    def get(self, issuer_id: str, kid: str) -> VerificationKey | None:
        """A key at hand. Never waits; begins a refresh in the background when the set is old."""
        known = self._sets.get(issuer_id)
        if known is None or known.fetched_at is None:
            return None
        age = self._clock() - known.fetched_at
        if age > REFRESH_SECONDS:
            self._refresh_soon(known)
        return known.keys.get(kid) if age <= KEEP_SECONDS else None

    def remembered_seconds(self, issuer_id: str) -> float:
        """How long a token of this issuer may be believed unseen: its keys are looked at again no later than then."""
        return REFRESH_SECONDS if issuer_id in self._sets else math.inf

    async def fetch(self, issuers: Iterable[IssuerSpec]) -> None:
        """Asks the addresses of these issuers, unless it was done just now. Never raises for what they answer."""
        for issuer in issuers:
            known = self._sets.get(issuer.id)
            if known is None:
                continue
            if known.fetch is None and self._may_ask(known):
                self._begin(known)
            if known.fetch is not None:
                await asyncio.shield(known.fetch)  # a client that leaves must not end what others wait for

    def due(self) -> tuple[IssuerSpec, ...]:
        """Issuers whose old keys were used where no event loop could refresh them; for synchronous callers."""
        return tuple(known.issuer for known in self._sets.values() if known.is_wanted and self._may_ask(known))

    def cannot_tell(self, issuers: Iterable[IssuerSpec]) -> bool:
        """Whether the last attempt to learn the keys of one of these issuers has failed."""
        found = [self._sets[issuer.id] for issuer in issuers if issuer.id in self._sets]
        return any(known.attempted_at != known.fetched_at for known in found)

    def failures(self) -> tuple[str, ...]:
        """Names of the issuers whose last fetch failed, for health and logs."""
        return tuple(
            known.issuer.name
            for known in self._sets.values()
            if known.attempted_at is not None and known.attempted_at != known.fetched_at and known.fetch is None
        )

    async def look(self, issuer: IssuerSpec) -> KeysReport:
        """What the address of this issuer has now; the keys in use stay those they were."""
        from proxy.key_set_download import FAILURES, download

        try:
            return report_of_key_set(await download(issuer.jwks_url, self._guard), issuer.algorithms)
        except FAILURES as error:
            return KeysReport(problem=str(error) or type(error).__name__)

    def _may_ask(self, known: _KeySet) -> bool:
        return known.attempted_at is None or self._clock() - known.attempted_at >= PAUSE_SECONDS

    def _refresh_soon(self, known: _KeySet) -> None:
        if known.fetch is not None or not self._may_ask(known):
            return
        try:
            self._begin(known)
        except RuntimeError:
            known.is_wanted = True  # no event loop in this thread

    def _begin(self, known: _KeySet) -> None:
        loop = asyncio.get_running_loop()
        known.attempted_at = self._clock()
        known.is_wanted = False
        known.fetch = loop.create_task(self._ask(known))

    async def _ask(self, known: _KeySet) -> None:
        """One attempt; the last good keys stay when it fails."""
        from proxy.key_set_download import FAILURES, download

        try:
            keys = parse_key_set(await download(known.issuer.jwks_url, self._guard), known.issuer.algorithms)
        except FAILURES as error:
            logger.warning(
                "the keys of issuer %s cannot be fetched: %s", known.issuer.name, error or type(error).__name__
            )
        else:
            before = known.keys
            known.keys, known.fetched_at = keys, known.attempted_at
            if any(keys.get(kid) != key for kid, key in before.items()):
                self._on_withdrawal(known.issuer.id)
        finally:
            known.fetch = None


def keys_for(options: GatewayOptions, on_withdrawal: Callable[[str], None] = lambda issuer_id: None) -> JwksKeys:
    """The keys of a process with these options."""
    return JwksKeys(key_guard(options), on_withdrawal=on_withdrawal)


def _source(issuer: IssuerSpec) -> tuple[str, tuple[str, ...]]:
    return issuer.jwks_url, issuer.algorithms
