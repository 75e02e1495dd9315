"""A fetch for the cache alone: the client has a stale reply already (`stale-while-revalidate`, RFC 5861 section 3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from proxy.consumer_chains import ConsumerChains
from proxy.downstream import ClientGone
from proxy.errors import GatewayError
from proxy.exchange import Exchange
from proxy.forwarding.failure import AttemptFailed
from proxy.http1.fields import Headers
from proxy.reply import Reply
from proxy.transport.stream import Stream

if TYPE_CHECKING:
    from proxy.snapshot.snapshot import Decision

_COPIED = (
    "request", "route", "service", "captures", "principal", "head_edits", "upstream_path", "upstream_query",
)  # fmt: skip

logger = logging.getLogger("gateway.cache")


class Nowhere:
    """A `Downstream` without a client: a request without a body, and an answer that nobody reads."""

    started = False

    def body_now(self) -> bytes | None:
        """There is none."""
        return None

    async def read(self) -> bytes:
        """There is none."""
        return b""

    async def inform(self, status: int, headers: Headers) -> None:
        """Dropped."""

    async def respond(self, status: int, reason: bytes, headers: Headers, body: bytes, length: int) -> None:
        """Dropped; the recording has it."""
        self.started = True

    async def start(self, status: int, reason: bytes, headers: Headers, length: int) -> None:
        """As `respond`."""
        self.started = True

    async def send(self, piece: bytes) -> None:
        """As `respond`."""

    async def finish(self, trailers: Headers) -> None:
        """As `respond`."""

    async def switch(self, headers: Headers, on_drain: Callable[[], None]) -> Stream:
        """Never asked for."""
        raise ClientGone

    def abort(self) -> None:
        """Nobody could be misled."""


def copy_of(exchange: Exchange) -> Exchange:
    """An exchange that asks the same for nobody."""
    copy = Exchange(exchange.runtime, Nowhere(), exchange.runtime.now())
    copy.snapshot = exchange.snapshot
    for name in _COPIED:
        setattr(copy, name, getattr(exchange, name))
    return copy


def decisions_after(decision: Decision, chain: Sequence[Decision], exchange: Exchange) -> Sequence[Decision]:
    """What follows `decision` in a route's chain."""
    for place, decide in enumerate(chain):
        if decide is decision:
            return chain[place + 1 :]
        if isinstance(decide, ConsumerChains):
            return decisions_after(decision, decide.chain(exchange), exchange)
    return ()


async def refresh(exchange: Exchange, decisions: Sequence[Decision]) -> None:
    """Takes an exchange with a recording through these decisions; what fails is tried again behind a later request."""
    assert exchange.recording is not None
    try:
        for decide in decisions:
            waiting = decide(exchange)
            if waiting is not None:
                await waiting
    except (Reply, GatewayError, AttemptFailed, ClientGone):
        pass
    except Exception:
        logger.exception("refreshing %s failed", exchange.request_id.decode())
    finally:
        if exchange.passage is not None:
            exchange.passage.leave()
        exchange.recording.close(client_left=False)
