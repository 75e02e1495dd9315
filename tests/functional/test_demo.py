"""`manage.py demo` as a newcomer meets it: every call of the tour answers what the tour says."""

from __future__ import annotations

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

from proxy.demo.processes import free_ports, is_listening
from proxy.demo.tour import steps
from tests.common.migrated_state import migrated_state

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """A running demo with a database of its own."""

    def __init__(self, state: Path, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.port = port
        self.log = state / "demo.log"
        env = os.environ | {"GATEWAY_STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "gateway_project.settings"}
        manage = [sys.executable, str(ROOT / "manage.py")]
        migrated_state(state)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*manage, "demo", "--bind", f"127.0.0.1:{port}"], env=env, cwd=ROOT, stdout=output, stderr=output
            )

    def text(self) -> str:
        return self.log.read_text()

    def wait_for_the_tour(self) -> None:
        deadline = time.monotonic() + 40
        while "Ctrl-C stops everything" not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.05)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path, free_ports((0,))[0])
    try:
        running.wait_for_the_tour()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(40)


@pytest.mark.slow
@pytest.mark.timeout(120)
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
    assert demo.process.wait(40) == 0, demo.text()
    assert demo.text().rstrip().endswith("Stopped.")
    assert not is_listening("127.0.0.1", demo.port)


def follow(command: str) -> httpx.Response:
    """Do what `curl -i URL [-H HEADER]` does."""
    _curl, _option, url, *rest = shlex.split(command)
    headers = dict(header.split(": ", 1) for header in rest[1::2])
    return httpx.get(url, headers=headers, timeout=10, trust_env=False)
