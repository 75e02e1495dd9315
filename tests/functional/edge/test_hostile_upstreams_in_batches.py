"""R-05 where the gateway asks by itself: parts of a batch whose upstream breaks the protocol are refused (B, F11)."""

from __future__ import annotations

import base64
import json

import pytest

from benchmarks.reliability.hostile_answers import CASES, Case
from benchmarks.reliability.hostile_upstream import hostile_upstream
from services.spec import BreakerSpec, HealthSpec
from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, post

ROUTE = route("/hostile/*", "/*", timeout_seconds=0.5, retry_count=0, rate_limit_rpm=None)
NEVER_GIVEN_UP = {"breaker": BreakerSpec(max_failures=10_000), "health": HealthSpec(eject_after=None)}
SINGLE = [case for case in CASES.values() if case.method != "POST"]
SIZE = 12


def body_of(part: dict) -> bytes:
    body = part.get("body") or ""
    return base64.b64decode(body) if part.get("encoding") == "base64" else str(body).encode()


def is_right(case: Case, part: dict) -> bool:
    if part["status"] in (502, 504):
        return True
    return (part["status"], body_of(part)) == (case.status, case.payload)


@pytest.mark.parametrize("first", range(0, len(SINGLE), SIZE))
async def test_r05_a_part_that_is_answered_badly_is_refused(first):
    cases = SINGLE[first : first + SIZE]
    requests = [{"path": f"/hostile/{case.name}/kept/1", "method": case.method} for case in cases]
    async with (
        hostile_upstream() as upstream,
        edge_gateway(ROUTE, services=(service(upstream.port, **NEVER_GIVEN_UP),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            message = json.dumps({"requests": requests}).encode()
            answer = await client.ask(post("/gateway/batch", message, "Content-Type: application/json"))
        parts = json.loads(answer.body)["content"]["responses"]
        assert not {case.name: part for case, part in zip(cases, parts, strict=True) if not is_right(case, part)}
        assert not upstream.used_again
        assert await is_at_rest(gateway)
