"""The short form of the trials of `make soak` that have other means in full length: wrk, faketime, a small disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.peers.peer import ROOT
from benchmarks.reliability import (
    clock_jumps,
    database_loss,
    exact_limits,
    full_disk,
    mixed_load,
    overload,
    slow_attackers,
)
from benchmarks.reliability.node import Instance, Node
from proxy.snapshot.store import SnapshotFile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LIMITS_MIB = (4, 4)
SLACK_MIB = 32.0
SECONDS = "3"
"""The time for a header and for a body: enough for who is held up by other tests."""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("node")


@pytest.fixture(scope="module")
def node(directory: Path) -> Iterator[Node]:
    """With short times, and a clock that the file `clock` puts forward."""
    (directory / "clock").write_text("0")
    environment = exact_limits.raised(*LIMITS_MIB) | {
        "GATEWAY_HEADER_TIMEOUT_SECONDS": SECONDS,
        "GATEWAY_BODY_TIMEOUT_SECONDS": SECONDS,
        "PYTHONPATH": str(ROOT / "benchmarks" / "reliability" / "shifted_clock"),
        "TRIAL_CLOCK": str(directory / "clock"),
    }
    with (
        Instance("plain") as plain,
        Instance("echo", "websocket_frames_upstream") as echo,
        Node(directory, 1, environment) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        yield node


def load(node: Node) -> mixed_load.MixedLoad:
    """Little, since the machine has more to do."""
    return mixed_load.MixedLoad(node.port, rate=40, tunnels=2, streams=0)


def test_r09_who_dribbles_or_takes_nothing_is_cut_off_and_disturbs_nobody(node: Node) -> None:
    node.route("/slow/*", "/*", timeout_seconds=int(SECONDS))

    async def attacked() -> tuple[mixed_load.Seen, list[float]]:
        async with load(node) as seen:
            return seen, await asyncio.gather(
                *(kind(node.port) for kind in slow_attackers.KINDS.values() for _ in range(5))
            )

    seen, lives = asyncio.run(attacked())
    assert max(lives) < slow_attackers.PATIENCE_SECONDS, "somebody was not cut off"
    assert (seen.failures, set(seen.tunnels)) == ([], {"left open"})


def test_r11_a_flood_ends_no_process_and_normal_traffic_follows(node: Node) -> None:
    before = node.workers()
    statuses = asyncio.run(overload.flood(node.port, 100, 1.0))
    assert set(statuses) <= {200, 429, 503}
    assert statuses[200] > 0
    seen = asyncio.run(overload.normal(node.port, 1))
    assert (seen.failures, node.workers(), node.tracebacks()) == ([], before, [])


def test_r14_a_full_disk_refuses_writes_and_cuts_nothing_short(node: Node, directory: Path) -> None:
    snapshot = SnapshotFile(directory / "state" / "configuration.snapshot")
    revision = snapshot.read().revision

    async def written() -> tuple[mixed_load.Seen, list[str | None]]:
        async with load(node) as seen:
            with full_disk.no_file_grows(node.children("control")):
                return seen, [await asyncio.to_thread(full_disk.write, node, number) for number in range(3)]

    seen, wrong = asyncio.run(written())
    assert (wrong, seen.failures) == ([None] * 3, [])
    assert snapshot.read().revision == revision
    node.route("/room/*", "/*")
    assert snapshot.read().revision == revision + 1


def test_r15_a_clock_that_jumps_confuses_nobody(node: Node, directory: Path) -> None:
    prober, clock, before = clock_jumps.arrange(node), directory / "clock", node.tracebacks()

    async def jumped() -> mixed_load.Seen:
        async with load(node) as seen:
            for to, seconds in (("+0", 0), ("+1h", 3600), ("+0", 0), ("-1d", -86_400), ("+0", 0)):
                await asyncio.to_thread(clock.write_text, str(seconds))
                await asyncio.to_thread(prober.ask, to)
        return seen

    seen = asyncio.run(jumped())
    assert (prober.judged(), seen.failures, set(seen.tunnels)) == ([], [], {"left open"})
    assert node.tracebacks() == before


def test_r13_a_damaged_snapshot_is_noticed() -> None:
    result = database_loss.damaged(20)
    assert result.passed, result.seen


def test_r10_limits_are_exact_and_what_is_too_long_or_just_not_costs_little_memory(node: Node) -> None:
    """How little is for the full trial to say: in a small heap what was freed counts as much as what is needed."""
    exact_limits.arrange(node)
    (pid,) = node.workers()
    seen = asyncio.run(exact_limits.ask_all(node.port, pid, exact_limits.cases(*LIMITS_MIB)))
    assert [str(one) for one in seen if not one.is_right(SLACK_MIB)] == []
