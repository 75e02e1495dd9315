"""The one seam where what a stage answered by itself, and where an error, becomes the bytes of a reply."""

from __future__ import annotations

from typing import NamedTuple

from proxy.error_response import error_response
from proxy.errors import GatewayError
from proxy.exchange import Exchange
from proxy.http1.fields import Headers
from proxy.http1.framing import NO_LENGTH
from proxy.http1.request_head import RequestHead
from proxy.reply import Reply


class OwnAnswer(NamedTuple):
    """What `Downstream.respond` takes."""

    status: int
    phrase: bytes
    headers: Headers
    body: bytes
    length: int


def own_answer(exchange: Exchange, error: Reply | GatewayError, head: RequestHead) -> OwnAnswer | None:
    """What the client is told, which is noted on the exchange too.

    None for an error after the head of another answer has gone out: then breaking off is all that is left.
    """
    if isinstance(error, Reply):
        return _of_reply(exchange, error, head)
    stored = exchange.recording.rescue(exchange, error) if exchange.recording is not None else None
    if stored is not None and not exchange.downstream.started:
        return _of_reply(exchange, stored, head)
    exchange.outcome, exchange.reason = error.code, error.reason
    if exchange.downstream.started:
        return None
    status, phrase, headers, body = error_response(error, head.fields.get(b"accept-language"))
    headers += exchange.reply_headers
    length = len(body) if body else NO_LENGTH
    sent = b"" if head.method == "HEAD" else body
    return _completed(exchange, status, phrase, headers, sent, length, closes=error.closes)


def _of_reply(exchange: Exchange, reply: Reply, head: RequestHead) -> OwnAnswer:
    exchange.outcome = reply.outcome
    body = b"" if head.method == "HEAD" else reply.body
    headers = [*reply.headers, *exchange.reply_headers]
    return _completed(exchange, reply.status, reply.reason, headers, body, reply.length)


def _completed(
    exchange: Exchange, status: int, phrase: bytes, headers: Headers, body: bytes, length: int, *, closes: bool = False
) -> OwnAnswer:
    headers.append((b"x-request-id", exchange.request_id))
    if not exchange.cache or all(name != b"date" for name, _value in headers):
        headers.append((b"date", exchange.runtime.http_date()))
    for edit in exchange.reply_edits:
        headers = edit(exchange, status, headers)
    if closes:
        headers.append((b"connection", b"close"))
    exchange.status = status
    exchange.bytes_out = len(body)
    return OwnAnswer(status, phrase, headers, body, length)
