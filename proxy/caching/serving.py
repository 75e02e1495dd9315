"""A stored reply made into the answer to one request (RFC 9111 section 4, RFC 9110 sections 13 and 14)."""

from __future__ import annotations

from typing import Literal

from proxy.caching.byte_range import byte_range
from proxy.caching.entry import Entry
from proxy.caching.validation import is_not_modified, range_holds
from proxy.exchange import Exchange
from proxy.http1.fields import Headers
from proxy.http1.framing import NO_LENGTH
from proxy.reply import Reply
from proxy.request import Request

Word = Literal["hit", "miss", "stale", "revalidated", "bypass"]
"""What `X-Cache` says: from the store; fetched; from the store although stale; confirmed; passed by the cache."""

_OF_NOT_MODIFIED = frozenset(
    (b"cache-control", b"content-location", b"date", b"etag", b"expires", b"last-modified", b"vary")
)


def say(exchange: Exchange, word: Word) -> None:
    """Puts `word` into the `X-Cache` field of the answer, whatever it will be."""
    exchange.cache = word
    others = tuple(field for field in exchange.reply_headers if field[0] != b"x-cache")
    exchange.reply_headers = (*others, (b"x-cache", word.encode()))


def answer_with(exchange: Exchange, entry: Entry, body: bytes, age: float, word: Word) -> Reply:
    """The answer to a request from the store. Fields that stages add take the place of stored ones."""
    say(exchange, word)
    assert exchange.request is not None
    reply = stored_reply(exchange.request, entry, body, age)
    if len(exchange.reply_headers) > 1:
        own = {name for name, _value in exchange.reply_headers}
        reply.headers = [field for field in reply.headers if field[0] not in own]
    return reply


def stored_reply(request: Request, entry: Entry, body: bytes, age: float) -> Reply:
    """The stored reply as this request asks for it: the whole, a part, or that nothing has changed."""
    fields = request.fields
    own = [(b"age", b"%d" % age)]
    if entry.status == 200 and not fields.keys().isdisjoint((b"if-none-match", b"if-modified-since", b"range")):
        stored = dict(entry.headers)
        if is_not_modified(fields, stored):
            kept = [field for field in entry.headers if field[0] in _OF_NOT_MODIFIED]
            return Reply(304, kept + own, length=NO_LENGTH, reason=b"Not Modified")
        if b"range" in fields and request.method == "GET" and range_holds(fields, stored):
            part = _part(fields[b"range"], entry, body, own)
            if part is not None:
                return part
    return Reply(entry.status, entry.headers + own, body, reason=entry.reason)


def _part(asked: bytes, entry: Entry, body: bytes, own: Headers) -> Reply | None:
    found = byte_range(asked, len(body))
    if found is None:
        return None
    if found.is_empty:
        return Reply(416, [(b"content-range", b"bytes */%d" % len(body)), *own], reason=b"Range Not Satisfiable")
    place = (b"content-range", b"bytes %d-%d/%d" % (found.first, found.last, len(body)))
    kept = [field for field in entry.headers if field[0] != b"content-range"]
    return Reply(206, [*kept, place, *own], body[found.first : found.last + 1], reason=b"Partial Content")
