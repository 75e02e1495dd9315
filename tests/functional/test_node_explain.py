"""Explanations of a running node: what its workers have counted, opened and found is what is told (G-410)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.common import access_tokens
from tests.common.migrated_state import migrated_state
from tests.common.node_process import LISTENING, ROOT, NodeProcess, until

MANAGE = [sys.executable, str(ROOT / "manage.py")]


class Node(NodeProcess):
    """With an administrator's token."""

    token = ""
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        command = [*MANAGE, *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout

    def call(self, method: str, path: str, content: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content).encode()
        status, answer = self.request(method, path, body, headers)
        assert status == 200, answer
        return json.loads(answer)["content"]

    def explain(self, **asked: Any) -> Any:
        return self.call("POST", "/admin/explain", asked)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    tmp_path = tmp_path_factory.mktemp("node")
    environment = {"GATEWAY_STATE_DIR": str(tmp_path / "state"), "GATEWAY_ACCESS_LOG": ""}
    migrated_state(tmp_path / "state")
    command = [*MANAGE, "gateway", "--bind", "127.0.0.1:0", "--workers", "2"]
    with Node(command, tmp_path, environment) as started:
        started.environment = os.environ | environment
        started.token = access_tokens.administrator()
        until(lambda: LISTENING.search(started.log), 150, "the start line")
        yield started


def details(told: Any, stage: str) -> Any:
    return next(step for step in told["steps"] if step["stage"] == stage)["details"]


def test_g410_what_the_workers_have_counted_and_opened_is_told(node: Node) -> None:
    instance = {"service_name": "s", "instance_id": "a", "host": "127.0.0.1", "port": 9}
    node.call("POST", "/admin/services", instance)
    route = {
        "service_name": "s", "path_pattern": "/limited", "target_url": "/", "method": "GET",
        "requires_auth": False, "rate_limit_rpm": 3, "retry_count": 0,
    }  # fmt: skip
    node.call("POST", "/admin/routes", route)
    lefts = []
    for _ in range(4):
        told = node.explain(path="/limited", address="127.0.0.1")
        lefts.append(details(told, "rate_limit")["limits"][0]["left"])
        answered = json.loads(node.request("GET", "/limited")[1])["code"]
        expected = told["code"] or "F50200"  # nobody listens at the instance's port
        assert answered == expected
    assert lefts == [3, 2, 1, 0]

    node.call("POST", "/admin/services/s/breaker", {"action": "open"})
    elsewhere = node.explain(path="/limited", address="192.0.2.1")
    assert (elsewhere["code"], elsewhere["upstream"]["circuit"]) == ("F50301", "open")


def test_g504_a_problem_row_is_told_and_the_node_stays_healthy(node: Node) -> None:
    route = {"service_name": "s", "path_pattern": "/broken", "target_url": "/", "method": "GET"}
    node.call("POST", "/admin/routes", route)
    node.manage(
        "shell",
        "-c",
        "from routing.models import Route as R; R.objects.filter(path_pattern='/broken').update(target_url='/[')",
    )
    until(lambda: node.call("GET", "/admin/problems")["total"] == 1, 30, "the problem")
    until(lambda: json.loads(node.request("GET", "/broken")[1])["code"] == "F50000", 30, "the row in force")
    health = node.call("GET", "/health")
    assert (health["status"], health["problems"]) == ("healthy", 1)
    assert node.explain(path="/broken")["code"] == "F50000"
    report = subprocess.run(
        [*MANAGE, "check_config", "--json"], env=node.environment, capture_output=True, text=True, check=False
    )
    assert report.returncode == 1
    assert json.loads(report.stdout)["findings"][0]["kind"] == "problem"
