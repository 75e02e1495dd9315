"""One answer made of several calls: an object with the answer of each part under its name (G-291)."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from proxy.batch.part_answer import json_of
from proxy.collected_answer import CollectedAnswer, Room
from proxy.downstream import ClientGone, ResponseCut
from proxy.errors import GatewayError, bad_request, timed_out, upstream_failed
from proxy.exchange import Exchange
from proxy.forwarding.dispatch import dispatch
from proxy.forwarding.failure import AttemptFailed
from proxy.forwarding.hash_key import compile_hash_key
from proxy.reply import Reply
from proxy.request import Request
from proxy.snapshot.parts import Parts
from proxy.stages import break_circuit
from routing.path import PathError
from routing.spec import RouteSpec
from routing.target import Target, compile_target

if TYPE_CHECKING:
    from proxy.snapshot.snapshot import CompiledService

NAME = "aggregate"

MAX_BYTES = 8 * 1024 * 1024
"""What the answers of all parts may have together."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["parts"],
    "properties": {
        "parts": {
            "description": "The calls, side by side, by the names their answers get.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": 20,
            "propertyNames": {"minLength": 1, "maxLength": 100},
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path"],
                "properties": {
                    "service": {"description": "Name of the service; the route's.", "type": "string", "minLength": 1},
                    "path": {
                        "description": "Path at the service; each * is filled in as in target_url.",
                        "type": "string",
                        "pattern": '^/[!-"$-~]*$',
                        "maxLength": 2000,
                    },
                    "method": {"description": "Method of the call.", "enum": ["GET", "POST"], "default": "GET"},
                    "optional": {
                        "description": "Whether its failure leaves the answer whole.",
                        "type": "boolean",
                        "default": False,
                    },
                    "default": {"description": "What stands for an optional part that failed.", "default": None},
                    "timeout_seconds": {
                        "description": "After which the part has failed; the route's time holds too.",
                        "type": "number",
                        "exclusiveMinimum": 0,
                        "maximum": 300,
                    },
                },
            },
        },
    },
}

TRICKLE_SECONDS = 1.0
"""How much longer than its time a part has whose answer has begun: whoever says nothing is found by his connection's
deadline, and so is told of as an instance that failed (G-360)."""

_NOT_FOR_PARTS = (b"accept-encoding", b"content-", b"if-", b"range", b"sec-websocket-", b"upgrade", b"expect")


@dataclass(frozen=True, slots=True)
class Call:
    """One part, ready to be made; `query` None passes on the client's, as stages have left it."""

    name: str
    service: CompiledService
    target: Target
    query: bytes | None
    method: str
    seconds: float
    optional: bool
    default: Any
    key_of: Callable[[Exchange], bytes]
    """What the strategy `hash` chooses by."""


def services(config: dict[str, Any]) -> list[str]:
    """The services a configuration names."""
    return [part["service"] for part in config["parts"].values() if "service" in part]


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], Awaitable[None]] | None:
    """Raises `ValueError` for a service that is not in the configuration, or a path that can never be made."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    calls = [_call(name, part, route, parts) for name, part in config["parts"].items()]
    admit = break_circuit.admission(route)

    async def aggregate(exchange: Exchange) -> None:
        room, began = Room(MAX_BYTES), exchange.runtime.now()
        running = [asyncio.ensure_future(_value(exchange, call, room, admit)) for call in calls]
        try:
            values = await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()
            exchange.upstream_seconds = exchange.runtime.now() - began
        body = msgspec.json.encode(dict(zip((call.name for call in calls), values, strict=True)))
        raise Reply(200, [(b"content-type", b"application/json")], body)

    return aggregate


def _call(name: str, part: dict[str, Any], route: RouteSpec, parts: Parts) -> Call:
    service = parts.services.get(part.get("service", route.service_name))
    if service is None or service.problem:
        raise ValueError(f"aggregate: {name}: service {part.get('service')} is not in the configuration")
    path, mark, query = part["path"].partition("?")
    return Call(
        name=name,
        service=service,
        target=compile_target(replace(route, target_url=path, strip_path=None, rewrite=None)),
        query=query.encode("ascii") if mark else None,
        method=part.get("method", "GET"),
        seconds=min(float(part.get("timeout_seconds", 300)), route.timeout_seconds),
        optional=part.get("optional", False),
        default=part.get("default"),
        key_of=compile_hash_key(route.hash_key) if route.load_balance_strategy == "hash" else _no_key,
    )


def _no_key(exchange: Exchange) -> bytes:
    return b""


async def _value(exchange: Exchange, call: Call, room: Room, admit: Callable[[Exchange], None] | None) -> Any:
    """What stands under the part's name; raises `GatewayError` when a part that is needed failed."""
    try:
        async with asyncio.timeout(call.seconds + TRICKLE_SECONDS):
            return await _ask(exchange, call, room, admit)
    except (GatewayError, AttemptFailed, ResponseCut, ClientGone, TimeoutError) as error:
        if call.optional:
            return call.default
        late = isinstance(error, TimeoutError) or getattr(error, "status", 0) == 504
        failure = timed_out if late else upstream_failed
        raise failure(f"part {call.name}: {error or type(error).__name__}") from None


async def _ask(exchange: Exchange, call: Call, room: Room, admit: Callable[[Exchange], None] | None) -> Any:
    answer = CollectedAnswer(room)
    part = _part_of(exchange, call, answer)
    try:
        if admit is not None:
            admit(part)
        await dispatch(part, call.key_of(part), call.seconds)
    finally:
        if part.passage is not None:
            part.passage.leave()
    if not 200 <= answer.status < 300:
        raise upstream_failed(f"it answered {answer.status}")
    kind = next((value for name, value in answer.headers if name == b"content-type"), b"")
    try:
        return json_of(answer.body, kind) or answer.body.decode("utf-8") or None
    except UnicodeDecodeError:
        raise upstream_failed("its answer is neither JSON nor text") from None


def _part_of(exchange: Exchange, call: Call, answer: CollectedAnswer) -> Exchange:
    """The exchange of one part: the same caller and request, another service, path and answer."""
    part = Exchange(exchange.runtime, answer, exchange.runtime.now())
    for name in ("snapshot", "request_id", "trace_id", "route", "captures", "principal", "head_edits"):
        setattr(part, name, getattr(exchange, name))
    assert exchange.request is not None
    part.request = _without_body(exchange.request, call.method)
    part.service = call.service
    try:
        part.upstream_path = call.target(exchange.request.path.path, exchange.captures)
    except PathError as error:
        raise bad_request(f"path: {error}") from None
    part.upstream_query = exchange.upstream_query if call.query is None else call.query
    return part


def _without_body(request: Request, method: str) -> Request:
    """The client's request as one that has no body, no conditions and no wish for an encoding."""
    made = copy.copy(request)
    made.method, made.length = method, 0
    made.headers = [field for field in request.headers if not field[0].startswith(_NOT_FOR_PARTS)]
    made.fields = {name: value for name, value in request.fields.items() if not name.startswith(_NOT_FOR_PARTS)}
    return made
