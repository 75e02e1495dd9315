"""The short form of the trials of `make soak` that need a whole node: kills, changes under load, rolling restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.reliability import changes_under_load, kills, mixed_load, rolling_restarts, soak
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.postgres_process import PROGRAMS
from tests.common.migrated_state import migrated_state

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def _busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was stored is served in the end; how soon, the long trials tell."""
    monkeypatch.setattr(kills, "SERVED_SECONDS", 60.0)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    directory: Path = tmp_path_factory.mktemp("node")
    migrated_state(directory / "state")
    with Instance("plain") as plain, Instance("echo", "websocket_frames_upstream") as echo, Node(directory, 2) as node:
        mixed_load.arrange(node, plain, echo)
        yield node


def test_r01_nothing_acknowledged_is_lost_to_kills() -> None:
    result = kills.run(2, seed=11)
    assert result.passed, result.seen


@pytest.mark.skipif(not PROGRAMS, reason="no PostgreSQL programs")
def test_r01_nothing_acknowledged_is_lost_to_kills_of_postgresql_either() -> None:
    result = kills.run(1, "PostgreSQL", seed=0)
    assert result.passed, result.seen
    assert "PostgreSQL" in result.done


def test_r02_changes_disturb_nobody_and_invalid_ones_are_refused(node: Node) -> None:
    seen, did, _calm, _busy = asyncio.run(changes_under_load.change_under_load(node, 10, 1))
    assert (did.made, did.refused, did.wrong) == (9, 1, [])
    assert (seen.failures, set(seen.tunnels), set(seen.streams)) == ([], {"left open"}, {"whole"})


def test_r02b_rolling_restarts_lose_nothing(node: Node) -> None:
    seen, _took = asyncio.run(rolling_restarts.restart_under_load(node, 1))
    assert (seen.failures, set(seen.tunnels), set(seen.streams)) == ([], {"left open", "going away"}, {"whole"})
    assert "Traceback" not in node.log


def test_r24_what_fails_over_a_spoilt_network_has_its_fault_and_nothing_else_fails() -> None:
    result = soak.run(20, seed=4)
    assert result.passed, result.seen
