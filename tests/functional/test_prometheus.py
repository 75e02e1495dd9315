"""A real Prometheus that scrapes a real node: every query of the dashboard is answered, and an alarm fires (G-264)."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.processes import free_port
from tests.common.monitoring import CONFIG, RULES, dashboard_queries, tool
from tests.common.node_process import until
from tests.common.watched_node import WatchedNode, watched_node
from tests.common.watched_upstream import WatchedUpstream

pytestmark = pytest.mark.slow


class Prometheus:
    """A server that scrapes one address each second with the rules of deploy/."""

    def __init__(self, directory: Path, target: str) -> None:
        config = CONFIG.read_text(encoding="utf-8").replace("15s", "1s")
        assert config.count("127.0.0.1:8081") == 1
        config = config.replace("127.0.0.1:8081", target)
        (directory / "prometheus.yml").write_text(config, encoding="utf-8")
        (directory / "rules.yml").write_text(re.sub(r"for: \dm", "for: 0m", RULES.read_text(encoding="utf-8")))
        self.port = free_port()
        arguments = {
            "config.file": directory / "prometheus.yml",
            "storage.tsdb.path": directory / "data",
            "web.listen-address": f"127.0.0.1:{self.port}",
        }
        command = [tool("prometheus"), *(f"--{name}={value}" for name, value in arguments.items())]
        with (directory / "prometheus.log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def get(self, path: str, **parameters: str) -> Any:
        """The data of a call of its API; None while it does not answer."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise AssertionError(error.read().decode()) from error
            return None  # it is starting
        except OSError:
            return None

    def ask(self, query: str) -> list[Any]:
        """The series of a query, now."""
        found: list[Any] = (self.get("query", query=query) or {"result": []})["result"]
        return found

    def alarms(self) -> set[tuple[str, str]]:
        """Name and service of the alarms that fire."""
        labels = [one["labels"] for one in self.get("alerts")["alerts"]]
        return {(one["alertname"], one.get("service", "")) for one in labels}


@contextmanager
def prometheus(directory: Path, node: WatchedNode) -> Iterator[Prometheus]:
    directory.mkdir()
    server = Prometheus(directory, f"127.0.0.1:{node.process.ports[0]}")
    try:
        until(lambda: server.ask("count_over_time(gateway_workers[1m]) >= 2"), 60, "a second scrape")
        yield server
    finally:
        server.process.terminate()
        server.process.wait(20)


def ask_all(node: WatchedNode) -> None:
    """Something of everything: an answer, one from the cache, a refusal, an instance that is not there."""
    for service, status in {"users": 200, "pages": 200, "secrets": 401, "gone": 502}.items():
        assert [node.ask(service)[0] for _ in range(3)] == [status] * 3


def test_g264_every_query_is_answered_and_the_alarms_fire(tmp_path: Path) -> None:
    tool("prometheus")
    with closing(WatchedUpstream("one")) as upstream, watched_node(tmp_path, workers=2) as node:
        for service in ("users", "pages", "secrets"):
            node.register(service, upstream)
        with closing(WatchedUpstream("gone")) as gone:
            node.register("gone", gone, health_check_url="")
        node.route("users")
        node.route("pages", cache_enabled=True)
        node.route("secrets", requires_auth=True)
        node.route("gone", circuit_breaker_enabled=False)
        ask_all(node)
        with prometheus(tmp_path / "prometheus", node) as server:
            ask_all(node)
            until(lambda: server.ask("rate(gateway_requests_total[1m]) > 0"), 60, "the second requests")
            assert {title for title, query in dashboard_queries().items() if not server.ask(query)} == set()
            until(lambda: ("GatewayFewHealthyInstances", "users") in server.alarms(), 60, "the alarm")
            healthy = {one["metric"]["exported_instance"] for one in server.ask("gateway_upstream_target_healthy")}
            assert healthy == {"one", "gone"}
