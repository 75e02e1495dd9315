"""One request written to one connection, up to the head of its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from proxy.errors import body_too_slow, timed_out
from proxy.exchange import Exchange
from proxy.forwarding.failure import AttemptFailed
from proxy.forwarding.outgoing import response_headers
from proxy.forwarding.request_body import REPLAY_BYTES, RequestBody
from proxy.forwarding.websocket import SWITCHING_PROTOCOLS, check_accepted
from proxy.http1.body import Body, UntilCloseBody
from proxy.http1.chunked import LAST_CHUNK, chunk
from proxy.http1.errors import MalformedMessage
from proxy.http1.framing import CHUNKED, UNTIL_CLOSE
from proxy.http1.response_head import ResponseHead, parse_response_head
from proxy.transport.stream import StreamClosed, StreamTimeout
from proxy.transport.upstream import MAX_INFORMATIONAL, UpstreamConnection

EARLY_HINTS = 103


@dataclass(slots=True)
class Answer:
    """A response whose body is still to come; `body_was_sent` tells whether the whole request has gone out."""

    head: ResponseHead
    length: int
    body: Body
    body_was_sent: bool


async def ask(exchange: Exchange, connection: UpstreamConnection, head: bytes, body: RequestBody) -> Answer:
    """Sends the request and reads the head of the final response.

    A body that has not come yet is sent by a task of its own, so that an upstream may answer before it has taken it
    all; that task ends with the head of the answer. Raises `AttemptFailed`, and whatever reading the client's body
    raised. An empty `head` has been sent.
    """
    pump: asyncio.Task[None] | None = None
    service = exchange.service
    assert service is not None
    patience = service.spec.answer_timeout_seconds
    if body.length == 0:
        connection.write(head)
    elif _is_here(exchange, body):
        connection.write(head + await body.next())
    else:
        pump = connection.loop.create_task(_send_body(connection, head, body))
    if patience is not None and pump is None:  # a body that is still coming takes what time its client takes
        connection.deadline = min(exchange.deadline, exchange.asked + patience)
    try:
        options, request = exchange.runtime.options, exchange.request
        assert request is not None
        block = await connection.read_head(options.max_header_bytes)
        answer_head = parse_response_head(block, max_fields=options.max_header_count)
        if answer_head.status < 200 and answer_head.status != SWITCHING_PROTOCOLS:
            answer_head = await _past_interim(exchange, connection, answer_head)
        connection.deadline = exchange.deadline
        if answer_head.status == SWITCHING_PROTOCOLS and request.wants_websocket:
            check_accepted(request, answer_head)
            return Answer(answer_head, UNTIL_CLOSE, UntilCloseBody(), body_was_sent=False)
        length, reader = connection.body_of(answer_head, request.method)
    except StreamTimeout:
        raise _lateness(exchange, connection, pump, body) from None
    except StreamClosed as error:
        _raise_client_fault(pump)
        raise AttemptFailed("reset", f"reset: {error}", stale=connection.uses > 1) from None
    except MalformedMessage as error:
        raise AttemptFailed("malformed", f"malformed: {error}") from None
    finally:
        sent = pump is None or await _stop(pump)
    return Answer(answer_head, length, reader, sent)


def _is_here(exchange: Exchange, body: RequestBody) -> bool:
    """Whether a small body came with its head."""
    return body.untouched and 0 < body.length <= REPLAY_BYTES and exchange.downstream.body_now() is not None


async def _past_interim(exchange: Exchange, connection: UpstreamConnection, head: ResponseHead) -> ResponseHead:
    """The head of the final response after `head`, which is of an interim one; early hints are passed on."""
    options = exchange.runtime.options
    for _ in range(MAX_INFORMATIONAL):
        if head.status == EARLY_HINTS:
            await exchange.downstream.inform(head.status, response_headers(head.headers))
        block = await connection.read_head(options.max_header_bytes)
        head = parse_response_head(block, max_fields=options.max_header_count)
        if head.status >= 200 or head.status == SWITCHING_PROTOCOLS:
            return head
    raise MalformedMessage("too many interim responses")


async def _send_body(connection: UpstreamConnection, head: bytes, body: RequestBody) -> None:
    """Writes head and body; a client that fails in the middle takes the upstream connection down with it.

    Being cancelled does not: then the answer has begun, and the rest of it is still to come over that connection.
    """
    connection.write(head)
    try:
        while piece := await body.next():
            connection.write(chunk(piece) if body.length == CHUNKED else piece)
            if connection.is_congested:
                await connection.drain()
        if body.length == CHUNKED:
            connection.write(LAST_CHUNK)
    except Exception:
        connection.abort()
        raise


def _lateness(
    exchange: Exchange, connection: UpstreamConnection, pump: asyncio.Task[None] | None, body: RequestBody
) -> Exception:
    """Whose lateness it was: an upstream that took all there is of the body waits for the client, as we do.

    Nor is it the upstream's where the client took the larger part of the time: a few slow ones could otherwise have
    an instance that is well taken for one that fails.
    """
    if pump is not None and not pump.done() and not connection.is_congested:
        return body_too_slow()
    if body.arrived - exchange.asked > exchange.runtime.now() - body.arrived:
        return timed_out("the client took most of the time for its body")
    assert exchange.service is not None
    was_short = exchange.service.spec.answer_timeout_seconds is not None and exchange.runtime.now() < exchange.deadline
    return AttemptFailed("silent" if was_short else "timeout", "the upstream did not answer in time")


def _raise_client_fault(pump: asyncio.Task[None] | None) -> None:
    """When the body failed first, that is the error to report, not the connection it broke."""
    if pump is None or not pump.done() or pump.cancelled():
        return
    error = pump.exception()
    if error is not None and not isinstance(error, (StreamClosed, StreamTimeout)):
        raise error


async def _stop(pump: asyncio.Task[None]) -> bool:
    """Ends the sending of the body; True when all of it had gone out."""
    if not pump.done():
        pump.cancel()
        await asyncio.wait((pump,))
    return not pump.cancelled() and pump.exception() is None
