"""A batch on its way: its parts are served side by side, each as if it had come alone (G-290, R-21)."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from gateway_project.rest.codes import HTTP_STATUS, Code
from proxy.batch.document import Batch, Part, parse_batch
from proxy.batch.part_answer import part_answer
from proxy.batch.part_request import part_head
from proxy.batch.refusal import Refused
from proxy.collected_answer import CollectedAnswer, Room
from proxy.downstream import ClientGone, ResponseCut
from proxy.error_response import error_response, translation
from proxy.error_response import gettext_noop as _
from proxy.errors import GatewayError, body_too_large, malformed, timed_out, upstream_failed
from proxy.exchange import Exchange
from proxy.forwarding.request_body import request_body
from proxy.http1.errors import MalformedMessage
from proxy.http1.request_head import RequestHead
from proxy.reply import Reply
from proxy.request import Request

SURFACE = "part"
"""What a part comes in on: there, neither the control plane nor another batch is found."""


METHODS = b"POST, OPTIONS"
IN_PLACE_BYTES = 16_384


async def serve_batch(exchange: Exchange) -> None:
    """Answers a batch: raises the `Reply`, or `GatewayError`."""
    request = exchange.request
    assert request is not None
    if request.method == "OPTIONS":
        raise _reply(200, {"code": Code.OK, "msg": "OK", "content": {"parses": ["application/json"]}}, allow=True)
    if request.method != "POST":
        raise GatewayError(
            "client", Code.METHOD_NOT_ALLOWED, "a batch is sent with POST", headers=((b"allow", METHODS),)
        )
    language = request.fields.get(b"accept-language")
    try:
        _check_kind(request.fields.get(b"content-type", b""))
        batch = await _parsed(exchange, await _document(exchange))
    except Refused as refusal:
        raise _refusal(refusal, language) from None
    entries = await _entries(exchange, batch)
    content = {
        "code": Code.OK,
        "msg": translation(language)(_("The batch is done.")),
        "content": {"responses": entries},
    }
    raise _reply(200, content)


def _check_kind(kind: bytes) -> None:
    if kind.partition(b";")[0].strip().lower() != b"application/json":
        raise Refused.whole(_("Send the body as application/json."))


async def _parsed(exchange: Exchange, document: bytearray) -> Batch:
    """Larger ones are read beside the event loop, lest they hold others up."""
    depth = exchange.runtime.options.batch_max_depth
    if len(document) <= IN_PLACE_BYTES:
        return parse_batch(document, depth)
    return await asyncio.get_running_loop().run_in_executor(exchange.runtime.live.thread, parse_batch, document, depth)


async def _document(exchange: Exchange) -> bytearray:
    limit = exchange.runtime.options.batch_max_bytes
    exchange.max_body_bytes = limit
    request = exchange.request
    assert request is not None
    if request.length > limit:
        raise body_too_large(limit)
    document = bytearray()
    body = request_body(exchange)
    while piece := await body.next():
        document += piece
    exchange.bytes_in = body.counted
    return document


def _refusal(refusal: Refused, language: bytes | None) -> Reply:
    translate = translation(language)
    content = {
        "code": Code.BAD_REQUEST,
        "msg": translate(_("The request is invalid.")),
        "content": {"errors": refusal.said(translate)},
    }
    return _reply(HTTP_STATUS[Code.BAD_REQUEST], content, outcome=Code.BAD_REQUEST)


def _reply(status: int, content: Any, outcome: str = "ok", *, allow: bool = False) -> Reply:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    if allow:
        headers.append((b"allow", METHODS))
    return Reply(status, headers, msgspec.json.encode(content), outcome=outcome)


async def _entries(exchange: Exchange, batch: Batch) -> list[dict[str, Any]]:
    """What became of each part, in their order; a client that leaves ends them all."""
    room = Room(exchange.runtime.options.batch_max_bytes)
    running = [asyncio.ensure_future(_entry(exchange, part, batch.seconds, room)) for part in batch.parts]
    try:
        return await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()


async def _entry(exchange: Exchange, part: Part, seconds: float, room: Room) -> dict[str, Any]:
    answer = CollectedAnswer(room, part.body)
    try:
        head = part_head(part, _request(exchange), exchange.runtime.options)
        async with asyncio.timeout(seconds):
            await _serve(exchange, head, answer)
    except MalformedMessage as error:
        return _failed(exchange, part, malformed(error.reason, error.status))
    except TimeoutError:
        return _failed(exchange, part, timed_out(f"the part took longer than {seconds:g} seconds"))
    except (ClientGone, ResponseCut):
        why = "the answers of the batch are too long together" if answer.overflown else "the answer was cut"
        return _failed(exchange, part, upstream_failed(why))
    if not answer.status:
        return _failed(exchange, part, upstream_failed("the answer was cut"))
    return part_answer(part.id, answer.status, answer.headers, answer.body)


def _request(exchange: Exchange) -> Request:
    assert exchange.request is not None
    return exchange.request


async def _serve(exchange: Exchange, head: RequestHead, answer: CollectedAnswer) -> None:
    from proxy.pipeline import serve  # which knows this module through the routing of requests

    request = _request(exchange)
    await serve(exchange.runtime, head, answer, peer=request.peer, scheme=request.scheme, surface=SURFACE)


def _failed(exchange: Exchange, part: Part, error: GatewayError) -> dict[str, Any]:
    status, _phrase, headers, body = error_response(error, _request(exchange).fields.get(b"accept-language"))
    return part_answer(part.id, status, headers, body)
