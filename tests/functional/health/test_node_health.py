"""A node of four workers and real upstreams: checks, ejection, leases, tiers, slow start as the traffic sees them."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.common.node_process import until
from tests.common.watched_node import WatchedNode, watched_node
from tests.common.watched_upstream import WatchedUpstream

pytestmark = pytest.mark.slow

Start = Callable[[str], WatchedUpstream]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedNode]:
    with watched_node(tmp_path_factory.mktemp("node"), workers=4) as node:
        yield node


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[WatchedUpstream] = []

    def start(name: str) -> WatchedUpstream:
        started.append(WatchedUpstream(name))
        return started[-1]

    yield start
    for upstream in started:
        upstream.close()


def asked_for(node: WatchedNode, service: str, seconds: float) -> list[tuple[float, int, str]]:
    """Calls one after the other for so long: seconds since the first, status, who answered."""
    began, seen = time.monotonic(), []
    while (at := time.monotonic() - began) < seconds:
        seen.append((at, *node.ask(service)))
    return seen


def names(node: WatchedNode, service: str, times: int) -> Counter[str]:
    """Who answered so many calls, all with 200."""
    answers = [node.ask(service) for _ in range(times)]
    assert {status for status, _name in answers} == {200}
    return Counter(name for _status, name in answers)


def test_g208_r06_an_unwell_instance_is_out_and_a_well_one_back_within_two_intervals(
    node: WatchedNode, start: Start
) -> None:
    sick, sound = start("sick"), start("sound")
    for upstream in (sick, sound):
        node.register("checked", upstream)
    node.route("checked")
    assert len(names(node, "checked", 20)) == 2
    until(lambda: sick.checked and sound.checked)
    is_shown(node, sick, "unhealthy")
    assert names(node, "checked", 20) == {"sound": 20}
    assert node.shown("checked") == {"sick": "unhealthy", "sound": "healthy"}
    listed = node.call("GET", "/admin/services?service_name=checked&status=unhealthy")
    assert (listed["total_instances"], listed["healthy_instances"]) == (1, 1)
    assert listed["instances"][0]["last_health_check"] is not None
    is_shown(node, sick, "healthy")
    assert len(names(node, "checked", 20)) == 2
    assert node.shown("checked") == {"sick": "healthy", "sound": "healthy"}


def is_shown(node: WatchedNode, sick: WatchedUpstream, status: str) -> None:
    """It comes to this status by two checks (a busy machine begins some more), and no call fails meanwhile."""
    sick.is_well, before = status == "healthy", sick.checked

    def looked() -> bool:
        checks = sick.checked - before
        assert node.ask("checked")[0] == 200
        if node.shown("checked")["sick"] == status:
            return True
        assert checks <= 5
        return False

    until(looked)


def test_g208_a_flip_is_no_revision_and_a_manual_status_stays(node: WatchedNode, start: Start) -> None:
    one, other = start("one"), start("other")
    ids = [node.register("manual", upstream) for upstream in (one, other)]
    node.route("manual")
    node.call("PUT", f"/admin/services/{ids[0]}", {"status": "draining"})
    before = node.call("GET", "/health")["revision"]
    other.is_well = False
    until(lambda: node.shown("manual")["other"] == "unhealthy")
    until(lambda: one.checked >= 3)
    other.is_well = True
    until(lambda: node.shown("manual")["other"] == "healthy")
    assert node.shown("manual")["one"] == "draining"
    assert node.call("GET", "/health")["revision"] == before
    assert names(node, "manual", 20) == {"other": 20}


def test_g208_killing_the_prober_at_any_moment_harms_no_request_and_it_is_replaced(
    node: WatchedNode, start: Start
) -> None:
    sick, sound = start("sick"), start("sound")
    for upstream in (sick, sound):
        node.register("orphaned", upstream)
    node.route("orphaned")
    sick.is_well = False
    until(lambda: node.shown("orphaned")["sick"] == "unhealthy")
    for pause in (0.0, 0.3, 0.7, 1.1):
        (prober,) = until(lambda: node.process.children("proxy.node.prober"))
        os.kill(prober, signal.SIGKILL)
        assert {(status, name) for _at, status, name in asked_for(node, "orphaned", pause + 0.2)} == {(200, "sound")}
        until(lambda gone=prober: node.process.children("proxy.node.prober") not in ([], [gone]))
    sick.is_well = True
    until(lambda: node.shown("orphaned")["sick"] == "healthy")
    assert len(names(node, "orphaned", 40)) == 2


def test_five_failures_over_all_workers_together_eject_and_no_more_than_half(node: WatchedNode, start: Start) -> None:
    upstreams = [start(name) for name in "abcd"]
    for upstream in upstreams:
        node.register("ejecting", upstream, health_check_url="")
    node.route("ejecting", circuit_breaker_enabled=False, retry_count=0)
    upstreams[0].fails = True
    answers = []
    for _ in range(120):
        answers.append(node.ask("ejecting"))
        if answers[-1][0] == 500:
            time.sleep(0.1)  # a failure counts once its answer has been sent
    assert Counter(answers)[(500, "a")] == 5
    assert node.shown("ejecting")["a"] == "unhealthy"
    for upstream in upstreams[:3]:
        upstream.fails = True
    answers = [node.ask("ejecting") for _ in range(120)]
    out = [name for name, status in node.shown("ejecting").items() if status == "unhealthy"]
    assert len(out) == 2
    assert {status for status, name in answers[-20:] if name == "d"} == {200}
    assert {name for _status, name in answers[-20:]} == set("abcd") - set(out)


def test_g209_a_lapsed_lease_takes_an_instance_out_and_a_heartbeat_brings_it_back(
    node: WatchedNode, start: Start
) -> None:
    leased, steady = start("leased"), start("steady")
    identity = node.register("leasing", leased, health_check_url="", ttl_seconds=8)
    began = time.monotonic()
    node.register("leasing", steady, health_check_url="")
    node.route("leasing")
    before = node.call("GET", "/health")["revision"]
    time.sleep(3)
    renewed = node.call("POST", f"/admin/services/{identity}/heartbeat")
    assert (renewed["instance_id"], renewed["ttl_seconds"]) == (identity, 8)
    renewed_at = time.monotonic()
    while time.monotonic() < began + 9:
        assert node.ask("leasing")[0] == 200
    assert node.shown("leasing")["leased"] == "healthy"
    until(lambda: node.shown("leasing")["leased"] == "unhealthy")
    assert time.monotonic() - renewed_at > 8 - 0.2
    assert names(node, "leasing", 20) == {"steady": 20}
    shown = node.call("GET", f"/admin/services/{identity}")
    assert (shown["configured_status"], shown["status_reason"]) == ("healthy", "lease")
    node.call("POST", f"/admin/services/{identity}/heartbeat")
    assert len(names(node, "leasing", 20)) == 2
    assert node.call("GET", "/health")["revision"] == before


def test_reserves_are_asked_while_the_first_tier_is_out_and_no_longer(node: WatchedNode, start: Start) -> None:
    first, reserve = start("first"), start("reserve")
    node.register("tiered", first)
    node.register("tiered", reserve, priority=1)
    node.route("tiered")
    assert names(node, "tiered", 20) == {"first": 20}
    first.is_well = False
    until(lambda: node.shown("tiered")["first"] == "unhealthy")
    assert names(node, "tiered", 20) == {"reserve": 20}
    first.is_well = True
    until(lambda: node.shown("tiered")["first"] == "healthy")
    assert names(node, "tiered", 20) == {"first": 20}


def test_an_instance_that_comes_back_begins_with_a_small_share(node: WatchedNode, start: Start) -> None:
    back, steady = start("back"), start("steady")
    for upstream in (back, steady):
        node.register("slowly", upstream)
    code = "from services.models import Service; Service.objects.filter(name='slowly').update(slow_start_seconds=8)"
    node.manage("shell", "-c", code)
    node.route("slowly", load_balance_strategy="weighted")
    back.is_well = False
    until(lambda: node.shown("slowly")["back"] == "unhealthy")
    back.is_well = True
    until(lambda: node.shown("slowly")["back"] == "healthy")
    soon = Counter(name for _at, _status, name in asked_for(node, "slowly", 1.0))
    assert soon["back"] < soon.total() / 3
    time.sleep(8)
    assert names(node, "slowly", 200)["back"] == pytest.approx(100, abs=4)


def test_g209_leases_hold_over_a_restart_by_what_was_stored(tmp_path: Path, start: Start) -> None:
    leased, lasting = start("leased"), start("lasting")
    with watched_node(tmp_path) as node:
        node.register("short", leased, ttl_seconds=15)
        node.register("long", lasting, ttl_seconds=600)
        for service in ("short", "long"):
            node.route(service)
        assert node.ask("short")[0] == 200
        node.process.signal(signal.SIGTERM)
        node.process.end()
        time.sleep(15)
        node.start(1)
        until(lambda: node.ask("short")[0] == 503, 30)  # found by the control process, once it is there
        assert node.ask("long") == (200, "lasting")
        node.register("short", leased, ttl_seconds=15)
        assert node.ask("short") == (200, "leased")
