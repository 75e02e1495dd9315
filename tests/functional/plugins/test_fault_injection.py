"""Faults for a share of the requests, drawn from numbers that the test gives."""

from __future__ import annotations

import asyncio
import time

import pytest

from proxy.reply import Reply
from proxy.stages import fault_injection
from services.spec import BreakerSpec
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, ask_all, get
from tests.common.scripted_upstream import answering, ok, scripted


def failing(**config):
    return {"plugins": {"fault_injection": config}}


def aborted(percent: float, *draws: float) -> list[bool]:
    numbers = iter(draws)
    spec = route(**failing(abort={"status": 503, "percent": percent}))
    decide = fault_injection.fold(spec, None, lambda: next(numbers))
    found = []
    for _ in draws:
        try:
            decide(None)
            found.append(False)
        except Reply:
            found.append(True)
    return found


def test_the_share_is_of_the_numbers_drawn():
    assert aborted(100, 0.0, 0.5, 0.999999) == [True, True, True]
    assert aborted(0, 0.0, 0.5, 0.999999) == [False, False, False]
    assert aborted(25, 0.0, 0.249, 0.25, 0.9) == [True, True, False, False]


async def test_an_abort_answers_for_the_instance():
    teapot = route("/tea/*", **failing(abort={"status": 418, "body": '{"short": true}'}))
    odd = route("/odd/*", **failing(abort={"status": 599, "body": "broken"}))
    async with edge_gateway(teapot, odd, services=(service(),)) as gateway:
        tea, strange = await ask_all(gateway.port, get("/tea/x"), get("/odd/x"))
        assert (tea.status, tea.body, tea.header(b"content-type")) == (418, b'{"short": true}', b"application/json")
        assert (strange.status, strange.body) == (599, b"broken")
        assert strange.header(b"content-type") == b"text/plain; charset=utf-8"
        assert tea.header(b"x-request-id")


async def test_a_delay_waits_and_then_goes_on_with_or_without_an_abort():
    late = route("/late/*", **failing(delay={"seconds": 0.2}))
    both = route("/both/*", **failing(delay={"seconds": 0.2}, abort={"status": 503}))
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(late, both, services=(service(upstream.port),)) as gateway,
    ):
        for path, status in (("/late/x", 200), ("/both/x", 503)):
            began = time.monotonic()
            (found,) = await ask_all(gateway.port, get(path))
            assert found.status == status
            assert time.monotonic() - began >= 0.2


async def test_a_delay_counts_against_the_time_of_the_route_and_a_client_may_leave():
    spec = route(timeout_seconds=0.1, retry_count=0, **failing(delay={"seconds": 0.2}))
    policy = {"breaker": BreakerSpec(max_failures=1)}
    slow = route("/slow/*", **failing(delay={"seconds": 30}))
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(spec, slow, services=(service(upstream.port, **policy),)) as gateway,
    ):
        found = await ask_all(gateway.port, get("/"), get("/"))
        assert [one.status for one in found] == [504, 504], "the instance is not to blame: no circuit opens"
        async with RawClient(gateway.port) as client:
            await client.send(get("/slow/x"))
            while not gateway.runtime.figures()["in_flight"]:
                await asyncio.sleep(0.01)
        for _ in range(200):
            if not gateway.runtime.figures()["in_flight"]:
                break
            await asyncio.sleep(0.01)
        assert not gateway.runtime.figures()["in_flight"]
        assert upstream.connections == []


def test_a_body_where_http_allows_none_is_refused():
    with pytest.raises(ValueError, match=r"abort\.body"):
        fault_injection.check({"abort": {"status": 204, "body": "x"}})
