"""The stored replies of a machine, and who is fetching one now.

An address (`key.address_key`) has a record with a nonce that goes into the keys of its replies. A new nonce makes all
of them unreachable at once, whatever they vary by and whoever they are for, and makes the store refuse what was fetched
before: a reply is taken only while the nonce and the generation are those its fetch began with. Each purge begins a new
generation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from os import urandom
from typing import NamedTuple, TypeVar

import lmdb

from proxy.caching.entry import Entry, body_of, described, encode
from proxy.caching.eviction import Eviction
from proxy.caching.key import reply_key
from proxy.caching.recent import Asked, Recent
from proxy.caching.record import (
    ADDRESS,
    FLIGHT,
    GENERATION,
    NONCE_BYTES,
    REPLY,
    Address,
    State,
    address,
    flight,
    held,
    passed,
)
from proxy.caching.shelf import Shelf, Transaction, walk
from proxy.caching.vary import MOST_NAMES, selecting_values
from proxy.http1.fields import Headers

LEASE_SECONDS = 3.0
"""How long a fetch is waited for after its worker has last said that it goes on."""
ADDRESS_SECONDS = 300.0
"""How long an address without replies is remembered: longer than a fetch takes."""
RETRY_SECONDS = 10.0
_FOREVER = float("inf")

Outcome = TypeVar("Outcome")

logger = logging.getLogger("gateway.cache")


class Question(NamedTuple):
    """What a request is known by: its address, its route's key, its caller (empty: nobody), its fields upwards."""

    address: bytes
    route: bytes
    caller: bytes
    headers: Headers


class Ticket(NamedTuple):
    """What a fetch began with. With `state` "free" it is the one that others wait for."""

    state: State
    flight: bytes
    token: bytes
    nonce: bytes
    generation: bytes

    @property
    def leads(self) -> bool:
        """Whether others wait for this fetch."""
        return self.state == "free"


class ReplyStore:
    """Never fails: while the shelf cannot be used nothing is found, nothing is kept and nobody waits.

    `open_shelf` is called when it is first needed and some seconds after each loss. `now` is `time.monotonic()`.
    """

    def __init__(self, open_shelf: Callable[[], Shelf]) -> None:
        self._open_shelf = open_shelf
        self._shelf: Shelf | None = None
        self._retry_at = 0.0
        self._is_lost = False
        self._eviction = Eviction()
        self._recent = Recent()

    def find(self, question: Question, now: float) -> tuple[Entry, bytes] | None:
        """The reply that answers the question, fresh or not, and its body; the caller's own comes before all's."""
        asked = question[:3]

        def work(shelf: Shelf) -> tuple[Entry, bytes] | None:
            known = self._recent.find(shelf.version(), asked)
            if known is not None:
                reply = known.replies.get(_selected(question, known.names))
                if reply is not None:
                    return reply
            with shelf.read() as transaction:
                return self._read(question, asked, transaction)

        return self._try(work, None, now)

    def _read(self, question: Question, asked: Asked, transaction: Transaction) -> tuple[Entry, bytes] | None:
        known = address(transaction.get(ADDRESS + question.address))
        if known is None:
            return None
        selected = _selected(question, known.names)
        for caller in (question.caller, b"") if question.caller else (b"",):
            value = transaction.get(REPLY + _key(question, known, caller, selected))
            entry = described(value) if value is not None else None
            if entry is not None:
                reply = entry, body_of(value, entry)
                self._recent.keep(asked, known.names, selected, reply)
                return reply
        return None

    def claim(self, question: Question, now: float, *, alone: bool = False) -> Ticket:
        """A ticket for a fetch: leading it, or telling that somebody else does, or that nobody need.

        `alone`: nobody is to wait for this one, and it waits for nobody.
        """

        def work(shelf: Shelf) -> Ticket:
            with shelf.read() as transaction:
                ticket = _ticket(transaction, question, now)
            if not ticket.leads or (alone and ticket.nonce):
                return ticket._replace(state="passing") if alone else ticket
            with shelf.write() as transaction:
                known = address(transaction.get(ADDRESS + question.address))
                nonce, names = (known.nonce, known.names) if known else (urandom(NONCE_BYTES), ())
                ends = max(now + ADDRESS_SECONDS, known.ends_at if known else 0.0)
                transaction.put(ADDRESS + question.address, Address(ends, nonce, names).encode())
                ticket = _ticket(transaction, question, now)
                if ticket.leads and not alone:
                    transaction.put(FLIGHT + ticket.flight, held(now + LEASE_SECONDS, ticket.token))
            return ticket._replace(state="passing") if alone else ticket

        return self._try(work, Ticket("passing", b"", b"", b"", b""), now)

    def state(self, key: bytes, now: float) -> State:
        """How the flight with this key stands."""

        def work(shelf: Shelf) -> State:
            with shelf.read() as transaction:
                return flight(transaction.get(FLIGHT + key), now)[0]

        return self._try(work, "passing", now)

    def renew(self, ticket: Ticket, now: float) -> None:
        """Says that the fetch goes on."""
        self._replace(ticket, held(now + LEASE_SECONDS, ticket.token), now)

    def release(self, ticket: Ticket, now: float, pass_seconds: float = 0.0) -> None:
        """Says that the fetch is over; with `pass_seconds` that for so long nobody need wait for another."""
        self._replace(ticket, passed(now + pass_seconds) if pass_seconds else b"", now)

    def _replace(self, ticket: Ticket, value: bytes, now: float) -> None:
        def work(shelf: Shelf) -> None:
            with shelf.write() as transaction:
                if flight(transaction.get(FLIGHT + ticket.flight), now) == ("held", ticket.token):
                    if value:
                        transaction.put(FLIGHT + ticket.flight, value)
                    else:
                        transaction.delete(FLIGHT + ticket.flight)

        if ticket.leads:
            self._try(work, None, now)

    def put(
        self, question: Question, ticket: Ticket, entry: Entry, body: bytes, names: tuple[bytes, ...], now: float
    ) -> bool:
        """Keeps a reply that varies by `names`, for the question's caller, and ends the flight.

        False when it may be outdated: the address was invalidated or something purged since the ticket was made.
        """
        stored = encode(entry, body)

        def work(shelf: Shelf) -> bool:
            with shelf.write() as transaction:
                known = address(transaction.get(ADDRESS + question.address))
                if known is None or (known.nonce, _generation(transaction)) != (ticket.nonce, ticket.generation):
                    return False
                known = _widened(known, names, entry.ends_at)
                transaction.put(ADDRESS + question.address, known.encode())
                transaction.put(
                    REPLY + _key(question, known, question.caller, _selected(question, known.names)), stored
                )
                transaction.delete(FLIGHT + ticket.flight)
                self._eviction.make_room(shelf, transaction, len(stored), now)
            return True

        return self._try(work, False, now)

    def invalidate(self, addresses: Iterable[bytes], now: float) -> None:
        """Makes the replies of these addresses unreachable, and refuses what is being fetched for them."""

        def work(shelf: Shelf) -> None:
            with shelf.read() as transaction:
                known = [key for key in addresses if transaction.get(ADDRESS + key) is not None]
            if not known:
                return
            with shelf.write() as transaction:
                for key in known:
                    found = address(transaction.get(ADDRESS + key))
                    names = found.names if found else ()
                    fresh = Address(now + ADDRESS_SECONDS, urandom(NONCE_BYTES), names)
                    transaction.put(ADDRESS + key, fresh.encode())

        self._try(work, None, now)

    def purge(self, concerns: Callable[[Entry], bool]) -> int:
        """Removes every reply that `concerns` is true of, and refuses what is being fetched now; how many it were.

        Raises `lmdb.Error` or `OSError`: a purge that did not happen must not be taken for one that did.
        """
        shelf = self._shelf = self._shelf or self._open_shelf()
        with shelf.write() as transaction:
            transaction.put(GENERATION, held(_FOREVER, urandom(NONCE_BYTES)))
        with shelf.read() as transaction:
            doomed = [key for key, value in walk(shelf, transaction, REPLY) if _is_concerned(value, concerns)]
        for begin in range(0, len(doomed), 500):
            with shelf.write() as transaction:
                for key in doomed[begin : begin + 500]:
                    transaction.delete(key)
        return len(doomed)

    def close(self) -> None:
        """Lets go of the shelf."""
        self._recent.clear()
        if self._shelf is not None:
            self._shelf.close()
            self._shelf = None

    def _try(self, work: Callable[[Shelf], Outcome], otherwise: Outcome, now: float) -> Outcome:
        if now < self._retry_at:
            return otherwise
        try:
            if self._shelf is None:
                self._shelf = self._open_shelf()
            outcome = work(self._shelf)
        except lmdb.MapFullError:
            self._start_anew(now)
        except (lmdb.Error, OSError) as problem:
            self._lose(problem, now)
        else:
            self._is_lost = False
            return outcome
        return otherwise

    def _start_anew(self, now: float) -> None:
        """What is left of the map lies in pieces too small for what was to be kept."""
        try:
            if self._shelf is not None:
                self._shelf.clear()
        except (lmdb.Error, OSError) as problem:
            self._lose(problem, now)

    def _lose(self, problem: Exception, now: float) -> None:
        if not self._is_lost:
            self._is_lost = True
            logger.warning("the response cache cannot be used, every request goes to its upstream: %s", problem)
        self._retry_at = now + RETRY_SECONDS
        self.close()


def _selected(question: Question, names: tuple[bytes, ...]) -> bytes:
    return selecting_values(question.headers, names) if names else b""


def _key(question: Question, known: Address, caller: bytes, selected: bytes) -> bytes:
    return reply_key(question.address, known.nonce, question.route, caller, selected)


def _generation(transaction: Transaction) -> bytes:
    value = transaction.get(GENERATION)
    return bytes(value) if value is not None else b""


def _ticket(transaction: Transaction, question: Question, now: float) -> Ticket:
    known = address(transaction.get(ADDRESS + question.address)) or Address(0.0, b"", ())
    key = _key(question, known, question.caller, _selected(question, known.names))
    state, _token = flight(transaction.get(FLIGHT + key), now)
    return Ticket(state, key, urandom(NONCE_BYTES), known.nonce, _generation(transaction))


def _widened(known: Address, names: tuple[bytes, ...], end: float) -> Address:
    """The record after a reply that varies by `names`: keys hold all fields that any reply varied by.

    When that is more than before, the older replies' keys lack some, so they are left behind.
    """
    ends = max(known.ends_at, end)
    if set(names) <= set(known.names):
        return Address(ends, known.nonce, known.names)
    union = tuple(sorted({*names, *known.names}))
    return Address(ends, urandom(NONCE_BYTES), union if len(union) <= MOST_NAMES else names)


def _is_concerned(value: object, concerns: Callable[[Entry], bool]) -> bool:
    entry = described(value)
    return entry is None or concerns(entry)
