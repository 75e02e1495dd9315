"""A whole node, made through its REST API, for tests of which instances get the traffic."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.processes import free_port
from tests.common import access_tokens
from tests.common.migrated_state import migrated_state
from tests.common.node_process import ROOT, NodeProcess, until
from tests.common.watched_upstream import WatchedUpstream

MANAGE = [sys.executable, str(ROOT / "manage.py")]


class WatchedNode:
    """A running node and a token for it. Each service `name` has the route `/name`."""

    process: NodeProcess
    port = 0
    """Where it is asked; 0: as its start line says."""

    def __init__(self, directory: Path, database: str = "") -> None:
        self.directory = directory
        self.environment = {
            "GATEWAY_STATE_DIR": str(directory / "state"),
            "GATEWAY_ACCESS_LOG": "",
            "GATEWAY_DRAIN_SECONDS": "3",
            "GATEWAY_MIN_HEALTH_INTERVAL": "1",
        }
        migrated_state(directory / "state")
        if database:
            self.environment["DATABASE_URL"] = database
            self.manage("migrate", "--verbosity", "0")
        self.token = access_tokens.administrator("u1")

    def manage(self, *arguments: str) -> str:
        """The last word a management command prints."""
        done = subprocess.run(
            [*MANAGE, *arguments], env=os.environ | self.environment, capture_output=True, text=True, check=True
        )
        return (done.stdout.split() or [""])[-1]

    def start(self, workers: int) -> None:
        """The node, again."""
        command = [*MANAGE, "gateway", "--bind", "127.0.0.1:0", "--workers", str(workers)]
        self.process = NodeProcess(command, self.directory, self.environment)
        self.process.listening()

    def start_daphne(self) -> None:
        """The gateway as one process."""
        self.port = free_port()
        options = ["-b", "127.0.0.1", "-p", str(self.port), "gateway_project.asgi:application"]
        self.process = NodeProcess([sys.executable, "-m", "daphne", *options], self.directory, self.environment)
        until(lambda: "Listening on TCP" in self.process.log, 150)

    def call(self, method: str, path: str, content: object = None) -> dict[str, Any]:
        """The content of a call of the API that must succeed."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content).encode()
        status, answer = self.process.request(method, path, body, headers, self.port)
        assert status == 200, answer
        return dict(json.loads(answer)["content"])

    def register(self, service: str, upstream: WatchedUpstream, **fields: object) -> str:
        """The id of an instance of this service; checked each second where `fields` do not say otherwise."""
        body = {
            "service_name": service,
            "instance_id": upstream.name,
            "host": "127.0.0.1",
            "port": upstream.port,
            "health_check_url": "/health",
            "health_check_interval_seconds": 1,
            **fields,
        }
        return str(self.call("POST", "/admin/services", body)["instance_id"])

    def route(self, service: str, **fields: object) -> None:
        """`GET /service`, without a token."""
        body = {"service_name": service, "path_pattern": f"/{service}", "target_url": "/", "method": "GET"}
        self.call("POST", "/admin/routes", {**body, "requires_auth": False, "rate_limit_rpm": 1_000_000, **fields})

    def ask(self, service: str) -> tuple[int, str]:
        """Status and body of a call of a service; the body is the instance's name."""
        status, body = self.process.request("GET", f"/{service}", port=self.port)
        return status, body.decode()

    def shown(self, service: str) -> dict[str, str]:
        """Status by instance name, as the API shows it."""
        listed = self.call("GET", f"/admin/services?service_name={service}&size=100")["instances"]
        return {one["instance_id"]: one["status"] for one in listed}


@contextmanager
def watched_node(directory: Path, workers: int = 1, database: str = "") -> Iterator[WatchedNode]:
    """A node that is ended with the block; `database` is the URL of an empty one, without it there is a file."""
    node = WatchedNode(directory, database)
    try:
        node.start(workers)
        yield node
    finally:
        node.process.__exit__()
