"""GET /admin/traffic/tail on a node of two workers, and in one process under daphne."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway_client.__main__ import main
from tests.common import access_tokens
from tests.common.node_process import until
from tests.common.watched_node import WatchedNode
from tests.common.watched_upstream import WatchedUpstream

pytestmark = pytest.mark.slow

TEAM = """
from django.contrib.auth.models import Group, User
from services.models import Service
group, _ = Group.objects.get_or_create(name="team-a")
user, _ = User.objects.get_or_create(username="alice")
user.groups.set([group])
Service.objects.filter(name="ours").update(owner=group)
"""


class Tail:
    """A stream that is read in a thread."""

    def __init__(self, node: WatchedNode, token: str, query: str = "") -> None:
        self.events: list[tuple[str, str]] = []
        self.status = 0
        self.begun, self.over = threading.Event(), threading.Event()
        self._url = f"http://127.0.0.1:{node.port or node.process.ports[0]}/admin/traffic/tail?{query}"
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        threading.Thread(target=self._read, daemon=True).start()
        assert self.begun.wait(30)

    def _read(self) -> None:
        with suppress(httpx.HTTPError), httpx.stream("GET", self._url, headers=self._headers, timeout=60) as answer:
            self.status, event = answer.status_code, ""
            for line in answer.iter_lines():
                self.begun.set()
                name, _colon, value = line.partition(": ")
                event = value if name == "event" else event
                if name == "data":
                    self.events.append((event, value))
        self.begun.set()
        self.over.set()

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(data) for event, data in self.events if event == "request"]

    def paths(self) -> list[str]:
        return [record["path"] for record in self.records()]

    def end(self) -> dict[str, str]:
        assert self.over.wait(30), self.events
        assert self.events[-1][0] == "end"
        return dict(json.loads(self.events[-1][1]))


@pytest.fixture
def upstreams() -> Iterator[list[WatchedUpstream]]:
    upstreams = [WatchedUpstream("a"), WatchedUpstream("b")]
    yield upstreams
    for upstream in upstreams:
        upstream.close()


@pytest.fixture
def node(tmp_path: Path, upstreams: list[WatchedUpstream]) -> Iterator[WatchedNode]:
    node = WatchedNode(tmp_path)
    node.environment["GATEWAY_TRAFFIC_WATCHERS"] = "3"
    node.environment["GATEWAY_DRAIN_SECONDS"] = "20"
    node.start(2)
    try:
        for name, upstream in zip(("ours", "theirs"), upstreams, strict=True):
            node.register(name, upstream)
            node.route(name, name=name)
        yield node
    finally:
        node.process.__exit__()


def test_every_worker_shows_its_requests_to_each_who_watches_what_he_may_see(
    node: WatchedNode, upstreams: list[WatchedUpstream]
) -> None:
    node.manage("shell", "-c", TEAM)
    alice = access_tokens.access("alice", ttl=3600)
    everything, failed, own = (
        Tail(node, node.token),
        Tail(node, node.token, "status=5xx&service=theirs"),
        Tail(node, alice),
    )
    fourth = Tail(node, node.token)
    assert (fourth.status, own.status) == (429, 200)

    for _ in range(20):  # each on a connection of its own: both workers get some
        assert node.ask("ours")[0] == 200
    upstreams[1].fails = True
    assert node.ask("theirs")[0] == 500
    assert node.process.request("GET", "/nowhere")[0] == 404
    node.call("GET", "/admin/routes")

    until(lambda: len(everything.records()) == 22, what="all records")
    assert sorted(set(everything.paths())) == ["/nowhere", "/ours", "/theirs"]
    until(lambda: len(own.records()) == 20, what="the team's records")
    assert set(own.paths()) == {"/ours"}
    until(lambda: failed.paths() == ["/theirs"], what="the failure")
    assert {record["route"] for record in own.records()} == {"ours"}

    node.call("PUT", "/admin/services/ours/owner", {"owner": None})
    assert own.end()["code"] == "F40003"

    node.process.signal(signal.SIGTERM)
    assert everything.end()["code"] == failed.end()["code"] == "F50300"
    assert node.process.end(15) == 0  # long before the time a drain may take
    assert "Traceback" not in node.process.log


def test_a_token_that_is_revoked_ends_its_stream(node: WatchedNode) -> None:
    token = access_tokens.administrator("u2")
    for _ in range(4):  # one more than there are places: an answer without a body holds none
        assert (
            node.process.request("HEAD", "/admin/traffic/tail", headers={"Authorization": f"Bearer {token}"})[0] == 200
        )
    tail = Tail(node, token)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    assert node.process.request("POST", "/admin/auth/revoke", json.dumps({"token": token}).encode(), headers)[0] == 200
    assert tail.end()["code"] == "F40001"


def test_the_client_tails_without_a_file(
    node: WatchedNode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEWAY_URL", f"http://127.0.0.1:{node.process.ports[0]}")
    monkeypatch.setenv("GATEWAY_TOKEN", node.token)
    over = threading.Event()

    def traffic() -> None:
        while not over.wait(0.05):
            node.ask("ours")
            node.ask("theirs")

    sending = threading.Thread(target=traffic)
    sending.start()
    try:
        assert main(["--json", "tail", "--route", "ours", "--seconds", "2", "--method", "GET"]) == 0
    finally:
        over.set()
        sending.join()
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {record["route"] for record in records} == {"ours"}
    monkeypatch.setenv("GATEWAY_TOKEN", access_tokens.access("lost"))
    assert main(["tail"]) == 1
    assert "F40003" in capsys.readouterr().err


def test_one_process_shows_its_requests_too(tmp_path: Path, upstreams: list[WatchedUpstream]) -> None:
    node = WatchedNode(tmp_path)
    node.start_daphne()
    try:
        node.register("ours", upstreams[0])
        node.route("ours")
        until(lambda: node.ask("ours")[0] == 200, 30)
        tail = Tail(node, node.token)
        assert node.ask("ours") == (200, "a")
        until(lambda: tail.paths() == ["/ours"], what="the record")
    finally:
        node.process.__exit__()
