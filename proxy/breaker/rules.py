"""The breakers of one service as one entry of the board, and the rules that change it.

One entry holds the service's own breaker and those of its instances, so that one look tells all. A breaker that has
never counted anything is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from proxy.breaker.circuit_breaker import CLEAN, Breaker, Result, Ticket, admit, move, settle
from services.spec import BreakerSpec

SERVICE = ""
"""The service's own breaker; the others go by the id of their instance."""

Breakers = dict[str, Breaker]
Action = Literal["open", "close", "reset"]

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Breakers)


def board_key(service_id: str) -> bytes:
    """Where the board keeps the breakers of a service."""
    return b"b\0" + service_id.encode()[:128]


def decode(state: bytes | memoryview) -> Breakers:
    """The breakers of an entry; none for one that nobody here has written."""
    if not state:
        return {}
    try:
        return _decoder.decode(state)
    except msgspec.MsgspecError:
        return {}


class Settlement(NamedTuple):
    """A ticket that comes back."""

    name: str
    ticket: Ticket
    result: Result


class _BreakerRule:
    """What the rules share."""

    __slots__ = ()

    lifetime = float("inf")
    """A breaker opened by hand stays so for as long as the node lives."""


class Admit(_BreakerRule):
    """Asks for a ticket, by name and the time its loan ends."""

    __slots__ = ("_loan_ends", "_name", "_policy")

    def __init__(self, name: str, policy: BreakerSpec, loan_ends: float) -> None:
        self._name = name
        self._policy = policy
        self._loan_ends = loan_ends

    def decide(self, state: bytes | memoryview, now: float) -> tuple[Ticket | None, bytes | None]:
        """The ticket or None."""
        breakers = decode(state)
        before = breakers.get(self._name, CLEAN)
        ticket, after = admit(before, self._policy, now, self._loan_ends)
        if after is before:
            return ticket, None
        breakers[self._name] = after
        return ticket, _encode(breakers)


class Settle(_BreakerRule):
    """Brings tickets back."""

    __slots__ = ("_policy", "_settlements")

    def __init__(self, settlements: Iterable[Settlement], policy: BreakerSpec) -> None:
        self._settlements = settlements
        self._policy = policy

    def decide(self, state: bytes | memoryview, now: float) -> tuple[None, bytes | None]:
        """Nothing to tell."""
        breakers = decode(state)
        changed = False
        for name, ticket, result in self._settlements:
            before = breakers.get(name, CLEAN)
            after = settle(before, ticket, result, self._policy, now)
            changed = changed or after is not before
            breakers[name] = after
        return None, _encode(without_clean(breakers)) if changed else None


class ByHand(_BreakerRule):
    """Opens, closes or resets one breaker; a reset of the service's resets all of them."""

    __slots__ = ("_action", "_name")

    def __init__(self, name: str, action: Action) -> None:
        self._name = name
        self._action = action

    def decide(self, state: bytes | memoryview, now: float) -> tuple[None, bytes | None]:
        """Nothing to tell."""
        breakers = decode(state)
        event: Literal["hold", "release"] = "hold" if self._action == "open" else "release"
        whole = self._action == "reset" and self._name == SERVICE
        for name in {*breakers, SERVICE} if whole else {self._name}:
            breakers[name] = move(breakers.get(name, CLEAN), event, now)
        return None, _encode(breakers)


def without_clean(breakers: Breakers) -> Breakers:
    """Only those that know something; a generation counts as knowledge, for old tickets are told by it."""
    return {name: breaker for name, breaker in breakers.items() if breaker != CLEAN}
