"""State and breakers by hand where one process is the whole gateway (G-210, G-360)."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.processes import free_port
from tests.common import access_tokens
from tests.common.migrated_state import migrated_state
from tests.common.node_process import ROOT, until
from tests.common.scripted_upstream import answering, ok, scripted

MANAGE = [sys.executable, str(ROOT / "manage.py")]


def manage(environment: dict[str, str], *arguments: str) -> str:
    command = [*MANAGE, *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True).stdout


class Daphne:
    """The process, and a caller with an administrator's token."""

    def __init__(self, environment: dict[str, str]) -> None:
        migrated_state(Path(environment["GATEWAY_STATE_DIR"]))
        self._token = access_tokens.administrator()
        self._port = free_port()
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self._port)]
        self.process = subprocess.Popen(
            [*command, "gateway_project.asgi:application"],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, 150, "daphne")

    def _answers(self) -> bool:
        try:
            return self.call("GET", "/health/live")[0] == 200
        except OSError:
            return False

    def call(self, method: str, path: str, content: Any = None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            connection.request(method, path, None if content is None else json.dumps(content), headers)
            response = connection.getresponse()
            body = response.read()
            return response.status, json.loads(body) if body.startswith(b"{") else {}


async def test_g360_one_process_opens_and_closes_by_hand_and_shows_it(tmp_path: Path) -> None:
    async with scripted(answering(ok(b"well"))) as upstream:
        await asyncio.to_thread(judge, tmp_path, upstream.port)


def judge(tmp_path: Path, port: int) -> None:
    daphne = Daphne({"GATEWAY_STATE_DIR": str(tmp_path), "GATEWAY_ACCESS_LOG": ""})
    try:
        instance = {"service_name": "users", "instance_id": "a", "host": "127.0.0.1", "port": port}
        assert daphne.call("POST", "/admin/services", instance)[0] == 200
        route = {"service_name": "users", "path_pattern": "/users", "target_url": "/", "method": "GET"}
        assert daphne.call("POST", "/admin/routes", {**route, "requires_auth": False})[0] == 200
        assert daphne.call("GET", "/users")[0] == 200
        for action, status, state in (("open", 503, "open"), ("close", 200, "closed")):
            body = {"action": action, "instance_id": "a"}
            assert daphne.call("POST", "/admin/services/users/breaker", body)[0] == 200
            assert daphne.call("GET", "/users")[0] == status
            shown = daphne.call("GET", "/admin/services/users/state")[1]["content"]["instances"][0]
            assert (shown["breaker"]["state"], shown["load"]) == (state, 0)
    finally:
        daphne.process.terminate()
        daphne.process.wait(20)
