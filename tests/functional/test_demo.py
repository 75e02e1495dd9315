"""`manage.py demo` as a newcomer meets it: every call of the tour answers what the tour says."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from string import Template

import httpx
import pytest

from benchmarks.processes import free_port
from proxy.demo.processes import is_listening
from proxy.demo.tour import steps
from tests.common.migrated_state import migrated_state

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """A running demo with a database of its own."""

    def __init__(self, state: Path, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.port = port
        self.log = state / "demo.log"
        self.env = os.environ | {"GATEWAY_STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "gateway_project.settings"}
        manage = [sys.executable, str(ROOT / "manage.py")]
        migrated_state(state)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*manage, "demo", "--bind", f"127.0.0.1:{port}"], env=self.env, cwd=ROOT, stdout=output, stderr=output
            )

    def text(self) -> str:
        return self.log.read_text()

    def wait_for_the_tour(self) -> None:
        deadline = time.monotonic() + 150
        while "Ctrl-C stops everything" not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.05)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path, free_port())
    try:
        running.wait_for_the_tour()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(90)


@pytest.mark.slow
def test_every_call_of_the_tour_answers_as_announced_and_ctrl_c_leaves_nothing_behind(demo: Demo) -> None:
    tokens = dict(re.findall(r"^((?:REPORT_)?TOKEN)=(\S+)$", demo.text(), flags=re.MULTILINE))
    instances = set()
    for step in steps(demo.base):
        answer = follow(Template(step.command).substitute(tokens))
        assert step.expect.startswith(str(answer.status_code)), (step, answer.text)
        code = re.search(r"code ([FS]\d{5})", step.expect)
        assert code is None or answer.json()["code"] == code[1], step
        instances.add(answer.json().get("instance"))
    assert {"demo-blue", "demo-green"} <= instances

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(90) == 0, demo.text()
    assert demo.text().rstrip().endswith("Stopped.")
    assert not is_listening("127.0.0.1", demo.port)


@pytest.mark.slow
def test_the_first_route_of_the_readme_reaches_the_service(demo: Demo) -> None:
    commands = re.search(r"## Your first route.*?```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)[1]
    blue = httpx.get(f"{demo.base}/open/hello", timeout=30, trust_env=False).json()["headers"]["host"]
    here = {".venv/bin/python": sys.executable, "127.0.0.1:8080": f"127.0.0.1:{demo.port}", "9001": blue.split(":")[1]}
    for shown, real in here.items():
        commands = commands.replace(shown, real)
    script = subprocess.run(
        ["bash", "-ec", commands], env=demo.env, cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer = json.loads(script.stdout[script.stdout.rindex('{\n  "instance"') :])
    assert (answer["path"], answer["headers"]["x-user-id"]) == ("/users/123", "me")


def follow(command: str) -> httpx.Response:
    """Do what `curl -i URL [-H HEADER]` does."""
    _curl, _option, url, *rest = shlex.split(command)
    headers = dict(header.split(": ", 1) for header in rest[1::2])
    return httpx.get(url, headers=headers, timeout=30, trust_env=False)
