"""Health checks and leases of the gateway that is one process, under daphne."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.common.node_process import until
from tests.common.watched_node import WatchedNode
from tests.common.watched_upstream import WatchedUpstream


@pytest.mark.slow
def test_g208_g209_one_process_checks_and_counts_leases_too(tmp_path: Path) -> None:
    sick, sound = WatchedUpstream("sick"), WatchedUpstream("sound")
    node = WatchedNode(tmp_path)
    try:
        node.start_daphne()
        identity = node.register("users", sick, ttl_seconds=10)
        node.register("users", sound)
        node.route("users")
        assert {node.ask("users") for _ in range(10)} == {(200, "sick"), (200, "sound")}
        until(lambda: node.shown("users")["sick"] == "unhealthy", 40)
        assert node.call("GET", f"/admin/services/{identity}")["status_reason"] == "lease"
        assert {node.ask("users") for _ in range(10)} == {(200, "sound")}
        node.call("POST", f"/admin/services/{identity}/heartbeat")
        assert node.shown("users")["sick"] == "healthy"
        sound.is_well = False
        until(lambda: node.shown("users")["sound"] == "unhealthy", 40)
        node.call("POST", f"/admin/services/{identity}/heartbeat")
        assert {node.ask("users") for _ in range(10)} == {(200, "sick")}
    finally:
        node.process.__exit__()
        sick.close()
        sound.close()
