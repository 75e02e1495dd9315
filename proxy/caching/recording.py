"""One fetch for the cache, watched from its beginning to its end: what comes back may confirm, replace or be kept.

It hangs on the exchange (`Exchange.recording`) and is told of the answer by `forwarding/relay.py`. Whatever becomes of
the request, `close` ends the flight that others wait for.
"""

from __future__ import annotations

import time

import msgspec

from proxy.caching.age import Moment
from proxy.caching.description import Asker, Description, Source, describe
from proxy.caching.entry import Entry
from proxy.caching.reply_store import Question, Ticket
from proxy.caching.response_cache import ResponseCache
from proxy.caching.reuse import may_rescue
from proxy.caching.serving import answer_with
from proxy.caching.validation import freshened
from proxy.errors import GatewayError
from proxy.exchange import Exchange
from proxy.forwarding.attempt import Answer
from proxy.forwarding.outgoing import response_headers
from proxy.http1.fields import Headers
from proxy.http1.framing import UNTIL_CLOSE
from proxy.http1.response_head import ResponseHead
from proxy.reply import Reply

NOT_STORABLE_SECONDS = 10.0
"""How long nobody waits for a fetch of an address whose last reply could not be kept."""
FAILED_SECONDS = 1.0
"""The same after a fetch that brought no reply."""


def now() -> Moment:
    """This moment on both clocks."""
    return Moment(time.time(), time.monotonic())


class Recording:
    """What one request is fetching. `stored` is what is held already, to be confirmed or to fall back on."""

    def __init__(
        self,
        cache: ResponseCache,
        source: Source,
        asker: Asker,
        question: Question,
        ticket: Ticket,
        stored: tuple[Entry, bytes] | None,
        *,
        validates: bool,
    ) -> None:
        self._cache = cache
        self._source = source
        self._asker = asker
        self._question = question
        self._ticket = ticket
        self._stored = stored
        self._validates = validates
        self._requested = now()
        self._flies = ticket.leads
        self._plan: Description | None = None
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._reply: Reply | None = None

    def begin(self, exchange: Exchange, answer: Answer) -> bool:
        """The head of an answer has come; True when the stored reply is to be served in its place (see `end`)."""
        head = answer.head
        moment = now()
        if self._stored is not None:
            entry, body = self._stored
            if head.status == 304 and self._validates:
                entry = self._confirm(head, entry, body, moment)
                self._reply = answer_with(exchange, entry, body, entry.age(moment), "revalidated")
                return True
            if head.status >= 500 and may_rescue(entry, entry.age(moment), self._asker.control):
                self._reply = answer_with(exchange, entry, body, entry.age(moment), "stale")
                self._land(FAILED_SECONDS)
                return True
        self._plan = self._planned(head, answer.length, moment)
        if self._plan is None:
            self._land(NOT_STORABLE_SECONDS)
        return False

    def add(self, piece: bytes) -> None:
        """A piece of the body."""
        if self._plan is not None:
            self._pieces.append(piece)
            self._bytes += len(piece)
            if self._bytes > self._cache.most_entry_bytes:
                self._plan, self._pieces = None, []
                self._land(NOT_STORABLE_SECONDS)

    def complete(self) -> None:
        """The body has come to its end, which is what makes it fit to be kept."""
        if self._plan is not None:
            self._keep(self._plan, b"".join(self._pieces))
            self._plan, self._pieces = None, []

    def end(self) -> None:
        """The answer has been dealt with: raises the `Reply` that takes its place, if one does."""
        if self._reply is not None:
            raise self._reply

    def rescue(self, exchange: Exchange, error: GatewayError) -> Reply | None:
        """The stored reply, where it may be served because the upstream failed with `error`."""
        if self._stored is None or error.source != "upstream":
            return None
        entry, body = self._stored
        age = entry.age(now())
        if not may_rescue(entry, age, self._asker.control):
            return None
        return answer_with(exchange, entry, body, age, "stale")

    def close(self, *, client_left: bool) -> None:
        """The request is over. After one whose client left another one takes the lead."""
        self._plan, self._pieces = None, []
        self._land(0.0 if client_left else FAILED_SECONDS)

    def _planned(self, head: ResponseHead, length: int, moment: Moment) -> Description | None:
        """None too for a body that ends with its connection: nobody can tell whether it was cut."""
        if length == UNTIL_CLOSE or length > self._cache.most_entry_bytes:
            return None
        return self._described(head.status, head.reason, response_headers(head.headers), moment)

    def _described(self, status: int, reason: bytes, headers: Headers, moment: Moment) -> Description | None:
        return describe(self._source, self._asker, status, reason, headers, self._requested.wall, moment)

    def _confirm(self, head: ResponseHead, entry: Entry, body: bytes, moment: Moment) -> Entry:
        """The entry as the 304 freshens it, kept where it still may be."""
        headers = freshened(entry.headers, response_headers(head.headers))
        plan = self._described(entry.status, entry.reason, headers, moment)
        if plan is None:
            self._land(NOT_STORABLE_SECONDS)
            return msgspec.structs.replace(entry, headers=headers, wall=moment.wall, steady=moment.steady)
        if not plan.entry.tags:
            plan = plan._replace(entry=msgspec.structs.replace(plan.entry, tags=entry.tags))
        self._keep(plan, body)
        return plan.entry

    def _keep(self, plan: Description, body: bytes) -> None:
        entry = msgspec.structs.replace(plan.entry, body_bytes=len(body))
        question = self._question if plan.audience == "caller" else self._question._replace(caller=b"")
        self._cache.store.put(question, self._ticket, entry, body, plan.names, time.monotonic())
        self._land(0.0)

    def _land(self, pass_seconds: float) -> None:
        if self._flies:
            self._flies = False
            self._cache.flights.end(self._ticket, pass_seconds)
