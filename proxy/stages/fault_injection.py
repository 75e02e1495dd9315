"""Faults on purpose: answers that never reached an instance, and waits, for a share of the requests."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from http.client import responses
from typing import Any

from proxy.exchange import Exchange
from proxy.http1.fields import Headers
from proxy.reply import Reply
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "fault_injection"

_PERCENT = {
    "description": "Share of the requests, 0 to 100.",
    "type": "number",
    "minimum": 0,
    "maximum": 100,
    "default": 100,
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "abort": {
            "description": "An answer of the gateway's own instead of the instance's.",
            "type": "object",
            "additionalProperties": False,
            "required": ["status"],
            "properties": {
                "status": {"description": "Its status.", "type": "integer", "minimum": 200, "maximum": 599},
                "body": {
                    "description": "Its body: application/json if it is JSON, else text/plain.",
                    "type": "string",
                    "maxLength": 65536,
                    "default": "",
                },
                "percent": _PERCENT,
            },
        },
        "delay": {
            "description": "A wait before the request goes on; it counts against the route's `timeout_seconds`.",
            "type": "object",
            "additionalProperties": False,
            "required": ["seconds"],
            "properties": {
                "seconds": {
                    "description": "How long.",
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 60,
                },
                "percent": _PERCENT,
            },
        },
    },
}

OUTCOME = "fault"
"""The access record's word for a request that was aborted here."""

_BODILESS = (204, 205, 304)


def check(config: Mapping[str, Any]) -> None:
    """Raises `ValueError` for a body where HTTP allows none."""
    abort = config.get("abort", {})
    if abort.get("body") and abort.get("status") in _BODILESS:
        raise ValueError(f"abort.body: an answer of {abort['status']} has no body")


def fold(
    route: RouteSpec, parts: Parts, draw: Callable[[], float] = random.random
) -> Callable[[Exchange], Awaitable[None] | None] | None:
    """`draw` gives numbers from 0 up to 1, each as likely; the two faults are drawn for one by one."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    abort, delay = config.get("abort"), config.get("delay")
    answer = _answer(abort) if abort else None
    abort_share, delay_share = (_share(fault) for fault in (abort, delay))

    def fault_injection(exchange: Exchange) -> Awaitable[None] | None:
        late = delay is not None and draw() < delay_share
        reply = answer() if answer is not None and draw() < abort_share else None
        if late:
            return _after(delay["seconds"], reply)
        if reply is not None:
            raise reply
        return None

    return fault_injection


def _share(fault: Mapping[str, Any] | None) -> float:
    return float(fault.get("percent", 100)) / 100 if fault else 0.0


async def _after(seconds: float, reply: Reply | None) -> None:
    """A client that leaves meanwhile cancels the wait with the rest of its request."""
    await asyncio.sleep(seconds)
    if reply is not None:
        raise reply


def _answer(abort: Mapping[str, Any]) -> Callable[[], Reply]:
    body = abort.get("body", "").encode()
    headers: Headers = [(b"content-type", _content_type(body))] if body else []
    reason = responses.get(abort["status"], "Fault").encode("ascii")
    return lambda: Reply(abort["status"], list(headers), body, outcome=OUTCOME, reason=reason)


def _content_type(body: bytes) -> bytes:
    try:
        json.loads(body)
    except ValueError:
        return b"text/plain; charset=utf-8"
    return b"application/json"
