"""Whether body, query and fields are what the operator's JSON Schemas describe; else F40000 that names each mistake."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from proxy.errors import body_too_slow, invalid_request
from proxy.exchange import Exchange
from proxy.forwarding.request_body import request_body
from proxy.json_schema import Errors, Judge
from proxy.request import Request
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "request_validation"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [{"required": [name]} for name in ("body_schema", "query_schema", "header_schema")],
    "properties": {
        "body_schema": {"description": "JSON Schema of the body, which must then be JSON.", "type": "object"},
        "query_schema": {
            "description": "JSON Schema of the query as an object: name → text, or what the schema's `type` of that "
            "name asks for.",
            "type": "object",
        },
        "header_schema": {
            "description": "JSON Schema of the fields as an object: name in lower case → text.",
            "type": "object",
        },
        "max_body_bytes": {
            "description": "Largest body that is judged; a larger one gets F41300.",
            "type": "integer",
            "minimum": 1,
            "maximum": 1048576,
            "default": 65536,
        },
    },
}

_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_JSON = re.compile(rb"application/(?:[a-z0-9.+-]+\+)?json", re.IGNORECASE)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
_MOST_PARAMETERS = 1000
IN_PLACE_BYTES = 1024


def check(config: Mapping[str, Any]) -> None:
    """Raises `ValueError` for a schema that is none."""
    _judges(config)


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], Awaitable[None] | None] | None:
    """The schemas are compiled here, once."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    judges = _judges(config)
    body, most, patience = judges.get("body_schema"), config.get("max_body_bytes", 65536), route.timeout_seconds

    def request_validation(exchange: Exchange) -> Awaitable[None] | None:
        request = exchange.request
        assert request is not None
        errors: Errors = []
        if "query_schema" in judges:
            errors += query_errors(judges["query_schema"], request.query)
        if "header_schema" in judges:
            errors += judges["header_schema"].errors(_fields(request), "header")
        if body is not None and (request.length or request.method in _WITH_BODY):
            return _judge_body(exchange, partial(_found, parts.live.thread, body), most, errors, patience)
        _refuse(errors)
        return None

    return request_validation


def _judges(config: Mapping[str, Any]) -> dict[str, Judge]:
    return {name: Judge(config[name], name) for name in config if name.endswith("_schema")}


def _refuse(errors: Errors) -> None:
    if errors:
        raise invalid_request(errors)


async def _found(thread: Executor, judge: Judge, body: bytes) -> Errors:
    """Judging takes some 10 µs a value: a larger body is judged beside the event loop, lest it hold others up."""
    if len(body) <= IN_PLACE_BYTES:
        return body_errors(judge, body)
    return await asyncio.get_running_loop().run_in_executor(thread, body_errors, judge, body)


async def _judge_body(
    exchange: Exchange, found: Callable[[bytes], Awaitable[Errors]], most: int, errors: Errors, patience: float
) -> None:
    assert exchange.request is not None
    problem = _unreadable(exchange.request)
    if problem is None:
        errors += await found(await _whole_body(exchange, most, patience))
    else:
        errors.append(problem)
    _refuse(errors)


async def _whole_body(exchange: Exchange, most: int, patience: float) -> bytes:
    """All of it within `patience` seconds, which are the client's: the instance's time begins afterwards."""
    began = exchange.runtime.now()
    try:
        async with asyncio.timeout(patience):
            return await request_body(exchange).whole(most)
    except TimeoutError:
        raise body_too_slow() from None
    finally:
        exchange.held_seconds += exchange.runtime.now() - began


def _unreadable(request: Request) -> tuple[str, str] | None:
    """Why the body cannot be judged: the instance might read something else in it."""
    if request.fields.get(b"content-encoding", b"identity").lower() != b"identity":
        return "header.content-encoding", "an encoded body cannot be validated"
    media_type = request.fields.get(b"content-type", b"").partition(b";")[0].strip()
    return None if _JSON.fullmatch(media_type) else ("header.content-type", "must be application/json")


def body_errors(judge: Judge, body: bytes) -> Errors:
    """What is wrong with a body; two readers must find the same in it, so a name may stand only once in an object."""
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        return [("body", "is nested too deeply")]
    except ValueError as error:
        return [("body", f"is not JSON: {error}"[:200])]
    return judge.errors(document, "body")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def query_errors(judge: Judge, query: bytes) -> Errors:
    """What is wrong with a query; a parameter sent several times is a list."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as error:
        return [("query", f"cannot be read: {error}"[:200])]
    values: dict[str, list[str]] = {}
    for name, text in pairs:
        values.setdefault(name, []).append(text)
    kinds = judge.schema.get("properties", {})
    return judge.errors({name: _typed(texts, kinds.get(name, {})) for name, texts in values.items()}, "query")


def _typed(texts: list[str], kind: Any) -> Any:
    """As the schema's `type` reads it; text that is no such thing stays text, which the schema then refuses."""
    kind = kind if isinstance(kind, dict) else {}
    if kind.get("type") == "array":
        items = kind.get("items", {})
        return [_typed([text], items) for text in texts]
    if len(texts) > 1:
        return texts
    text, wanted = texts[0], kind.get("type")
    if wanted == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if wanted == "number" and _NUMBER.fullmatch(text):
        return float(text)
    if wanted == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _fields(request: Request) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in request.headers:
        text = value.decode("latin-1")
        key = name.decode("ascii")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined
