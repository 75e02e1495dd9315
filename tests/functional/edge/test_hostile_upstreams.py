"""R-05: an upstream that breaks the protocol is refused or broken off, never relayed as if it were whole (F10–F13)."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from benchmarks.reliability.hostile_answers import CASES, Case
from benchmarks.reliability.hostile_asking import faults_of
from benchmarks.reliability.hostile_upstream import HostileUpstream, hostile_upstream
from services.spec import BreakerSpec, HealthSpec
from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service

AT_ONCE = 16
ROUTE = route("/hostile/*", "/*", timeout_seconds=0.5, retry_count=0, rate_limit_rpm=None, cache_enabled=True)
NEVER_GIVEN_UP = {"breaker": BreakerSpec(max_failures=10_000), "health": HealthSpec(eject_after=None)}


@pytest.fixture(scope="module")
def faults() -> dict[str, dict[str, list[str]]]:
    """By case, what went wrong; all are asked for side by side, since most of their time is waiting."""
    return uvloop.run(faults_of_all())


async def faults_of_all() -> dict[str, dict[str, list[str]]]:
    places = asyncio.Semaphore(AT_ONCE)
    async with (
        hostile_upstream() as upstream,
        edge_gateway(ROUTE, services=(service(upstream.port, **NEVER_GIVEN_UP),)) as gateway,
    ):
        found = await asyncio.gather(*[faults_in(case, upstream, gateway.port, places) for case in CASES.values()])
        assert await is_at_rest(gateway)
    return dict(zip(CASES, found, strict=True))


async def faults_in(
    case: Case, upstream: HostileUpstream, port: int, places: asyncio.Semaphore
) -> dict[str, list[str]]:
    """With an upstream that stays and one that closes, to a client of either version of HTTP, each twice."""
    found = {}
    async with places:
        for manner in ("kept", "closed"):
            for version in ("1.0", "1.1"):
                faults = await faults_of(case, manner, upstream, port, version=version)
                if faults:
                    found[f"{manner}, HTTP/{version}"] = faults
    return found


@pytest.mark.parametrize("name", CASES)
def test_r05_a_hostile_answer_is_never_relayed_as_a_whole_one(name, faults):
    assert not faults[name]
