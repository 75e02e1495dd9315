"""The answer on its way down: framed anew, streamed with back-pressure, never made to look whole when it is not."""

from __future__ import annotations

from collections.abc import Awaitable

from proxy.exchange import Exchange
from proxy.forwarding.attempt import Answer
from proxy.forwarding.failure import AttemptFailed
from proxy.forwarding.outgoing import response_headers, response_trailers
from proxy.forwarding.tunnel import Tunnel
from proxy.forwarding.websocket import SWITCHING_PROTOCOLS
from proxy.http1.errors import MalformedMessage
from proxy.http1.fields import Headers, field_lines
from proxy.http1.framing import CHUNKED, NO_LENGTH
from proxy.http1.response_head import ResponseHead, head_start
from proxy.transport.stream import StreamClosed, StreamTimeout
from proxy.transport.upstream import UpstreamConnection

LARGE_BYTES = 16 * 1024
"""A piece of a body that takes its turn among the others (`transport/turns.py`)."""


async def relay(exchange: Exchange, connection: UpstreamConnection, answer: Answer) -> bool:
    """Sends the answer to the client; returns whether the upstream will take another request on its connection.

    A body that breaks off is a failure of the instance. After the head has gone out the pipeline then aborts the
    client's connection (edge rule F11), so that the client cannot take it for a whole one.
    """
    head, body = answer.head, answer.body
    exchange.status = head.status
    recording = exchange.recording
    if recording is not None and recording.begin(exchange, answer):
        connection.take(body)
        return head.keeps_alive and body.done
    headers = answer_headers(exchange, head)
    if head.status == SWITCHING_PROTOCOLS:
        _detach(exchange, connection)
        await _timed(exchange, Tunnel(exchange, connection).run(headers))
        return False
    try:
        first = connection.take(body)
        if body.done and not body.trailers:
            length = announced(exchange, head, len(first))
            if recording is not None:
                recording.add(first)
                recording.complete()
            await exchange.downstream.respond(head.status, head.reason, headers, first, length)
            exchange.bytes_out = len(first)
        else:
            await _timed(exchange, _stream(exchange, connection, answer, headers, first))
    except (MalformedMessage, StreamClosed, StreamTimeout) as error:
        raise AttemptFailed("timeout" if isinstance(error, StreamTimeout) else "malformed", f"body: {error}") from None
    return head.keeps_alive and body.done


def _detach(exchange: Exchange, connection: UpstreamConnection) -> None:
    service, instance = exchange.service, exchange.instance
    assert service is not None
    assert instance is not None
    service.pools[instance.id].detach(connection)


async def _timed(exchange: Exchange, streaming: Awaitable[None]) -> None:
    """What is streamed takes the time of its two ends, which is not the gateway's own."""
    began = exchange.runtime.now()
    try:
        await streaming
    finally:
        exchange.streamed_seconds += exchange.runtime.now() - began


async def _stream(
    exchange: Exchange, connection: UpstreamConnection, answer: Answer, headers: Headers, first: bytes
) -> None:
    """The route's time now bounds each silence of the upstream, no longer the whole: a download may take its time."""
    assert exchange.route is not None
    downstream, body, now, recording = exchange.downstream, answer.body, exchange.runtime.now, exchange.recording
    patience, turns, kind = exchange.route.spec.timeout_seconds, exchange.runtime.live.turns, exchange.route.spec.id
    await downstream.start(
        answer.head.status, answer.head.reason, headers, answer.length if answer.length >= 0 else CHUNKED
    )
    piece = first
    while True:
        if piece:
            exchange.bytes_out += len(piece)
            if recording is not None:
                recording.add(piece)
            if len(piece) >= LARGE_BYTES:
                await turns.take(kind)
            await downstream.send(piece)
        if body.done:
            break
        connection.deadline = now() + patience
        piece = await connection.read(body)
    if recording is not None and not body.trailers:
        recording.complete()
    await downstream.finish(response_trailers(body.trailers))


def announced(exchange: Exchange, head: ResponseHead, received: int) -> int:
    """What Content-Length says: the upstream's own figure where no body follows (RFC 9110 section 8.6)."""
    assert exchange.request is not None
    status = head.status
    if status == 204 or (received == 0 and (exchange.request.method == "HEAD" or status == 304)):
        told = head.fields.get(b"content-length")
        return NO_LENGTH if told is None or status == 204 else int(told)
    return received


def answer_start(exchange: Exchange, head: ResponseHead) -> bytes | None:
    """Status line and fields of the answer as `answer_headers` would have them, without its framing.

    What is the same for each answer with this head is made once. None where something of the head is to be changed.
    """
    own = exchange.reply_headers
    if exchange.reply_edits or (own and any(name in head.fields for name, _value in own)):
        return None
    start = head.onward_start
    if start is None:
        start = head.onward_start = head_start(head.status, head.reason, _onward(head))
    fields = head.fields
    return b"%b%b%b%b" % (
        start,
        b"x-request-id: %b\r\n" % exchange.request_id if b"x-request-id" not in fields else b"",
        b"date: %b\r\n" % exchange.runtime.http_date() if b"date" not in fields else b"",
        field_lines(own) if own else b"",
    )


def _onward(head: ResponseHead) -> Headers:
    if head.onward is None:
        head.onward = response_headers(head.headers)
    return head.onward


def answer_headers(exchange: Exchange, head: ResponseHead) -> Headers:
    """The upstream's fields without its framing, and the gateway's own."""
    headers = _onward(head).copy()
    if b"x-request-id" not in head.fields:
        headers.append((b"x-request-id", exchange.request_id))
    if b"date" not in head.fields:
        headers.append((b"date", exchange.runtime.http_date()))
    if exchange.reply_headers:
        own = {name for name, _value in exchange.reply_headers}
        if not own.isdisjoint(head.fields):
            headers = [field for field in headers if field[0] not in own]
        headers += exchange.reply_headers
    for edit in exchange.reply_edits:
        headers = edit(exchange, head.status, headers)
    return headers
