"""Circuit breakers of a whole node: four workers, one state, probes counted exactly, workers killed (R-23)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h11
import pytest

from tests.common import access_tokens
from tests.common.migrated_state import migrated_state
from tests.common.node_process import LISTENING, ROOT, NodeProcess, until
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, ok, scripted

WORKERS = 4
OPEN_SECONDS = 4
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 6\r\n\r\nbroken"
MANAGE = [sys.executable, str(ROOT / "manage.py")]


class Upstream:
    """Answers 500, or holds every request until it is released."""

    def __init__(self) -> None:
        self.broken = True
        self.held = 0
        self.holder_port = 0
        """The other end of the connection the last one came by."""
        self.release = asyncio.Event()

    async def __call__(self, connection: Connection) -> None:
        while True:
            await connection.read_head()
            if self.broken:
                await connection.send(BROKEN)
            else:
                self.held += 1
                self.holder_port = connection.writer.get_extra_info("peername")[1]
                await self.release.wait()
                await connection.send(ok(b"well"))


class Node(NodeProcess):
    """With an administrator's token."""

    token = ""
    service = ""

    def call(self, method: str, path: str, content: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content).encode()
        status, answer = self.request(method, path, body, headers)
        assert status == 200, answer
        return json.loads(answer)["content"]

    def state(self) -> Any:
        return self.call("GET", f"/admin/services/{self.service}/state")

    def breakers(self) -> tuple[str, str]:
        """Of the service and of its one instance."""
        state = self.state()
        return state["breaker"]["state"], state["instances"][0]["breaker"]["state"]


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    tmp_path = tmp_path_factory.mktemp("node")
    environment = {"GATEWAY_STATE_DIR": str(tmp_path / "state"), "GATEWAY_ACCESS_LOG": ""}

    migrated_state(tmp_path / "state")
    command = [*MANAGE, "gateway", "--bind", "127.0.0.1:0", "--workers", str(WORKERS)]
    with Node(command, tmp_path, environment) as started:
        started.token = access_tokens.administrator()
        until(lambda: LISTENING.search(started.log), 150, "the start line")
        yield started


@pytest.fixture
def node(running: Node, request: pytest.FixtureRequest) -> Node:
    """With a service and path of the test's own."""
    running.service = request.node.name.replace("[", "-").rstrip("]")
    return running


async def arrange(node: Node, port: int, probes: int, patience: int = 20) -> None:
    await asyncio.to_thread(node.call, "POST", "/admin/services", {
        "service_name": node.service, "instance_id": "a", "host": "127.0.0.1", "port": port,
    })  # fmt: skip
    await asyncio.to_thread(node.call, "POST", "/admin/routes", {
        "service_name": node.service, "path_pattern": f"/{node.service}", "target_url": "/", "method": "GET",
        "requires_auth": False, "rate_limit_rpm": None, "retry_count": 0, "timeout_seconds": patience,
    })  # fmt: skip
    policy = {
        "circuit_breaker": {"open_seconds": OPEN_SECONDS, "half_open_requests": probes},
        "health": {"eject_after": None},
    }
    await asyncio.to_thread(node.call, "PUT", f"/admin/services/{node.service}/policy", policy)


class Asked(NamedTuple):
    """One answer; status 0 is a connection that broke, as those of a killed worker do."""

    status: int
    retry_after: bytes | None = None
    body: bytes = b""


async def ask(node: Node) -> Asked:
    """On a connection of its own, so that any worker may get it."""
    try:
        async with RawClient(node.ports[0]) as client:
            await client.send(get(f"/{node.service}"))
            answer = await client.answer(timeout=30)
    except (ConnectionError, h11.RemoteProtocolError):
        return Asked(0)
    return Asked(answer.status, answer.header(b"retry-after"), answer.body)


def holder(node: Node, port: int) -> int:
    """The worker whose end of a connection has this port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}")}
    (found,) = (
        pid
        for pid in node.children("proxy.node.worker")
        if sockets & {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    )
    return found


def refused(answer: Asked) -> bool:
    return answer.status == 503 and json.loads(answer.body)["code"] == "F50301"


async def statuses(node: Node, times: int) -> list[int]:
    """One after the other. A failure counts when its answer has been sent, so the next one waits a moment."""
    found = []
    for _ in range(times):
        found.append((await ask(node)).status)
        await asyncio.sleep(0.1)
    return found


async def opened(node: Node) -> None:
    """Five failures, whichever workers they meet, and then nobody passes."""
    assert await statuses(node, 12) == [500] * 5 + [503] * 7
    assert await asyncio.to_thread(node.breakers) == ("open", "open")


@pytest.mark.parametrize("probes", [1, 4])
async def test_r23_four_workers_open_refuse_probe_and_close_as_one(node: Node, probes: int) -> None:
    upstream = Upstream()
    async with scripted(upstream) as listening:
        await arrange(node, listening.port, probes)
        await opened(node)
        answer = await ask(node)
        assert refused(answer)
        assert 1 <= int(answer.retry_after or 0) <= OPEN_SECONDS
        upstream.broken = False
        await asyncio.sleep(OPEN_SECONDS + 0.1)
        asking = [asyncio.create_task(ask(node)) for _ in range(80)]
        while sum(task.done() for task in asking) < 80 - probes:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert (upstream.held, sum(task.done() for task in asking)) == (probes, 80 - probes)
        upstream.release.set()
        answers = await asyncio.gather(*asking)
        assert [answer.status for answer in answers].count(200) == probes
        assert sum(refused(answer) for answer in answers) == 80 - probes
        await asyncio.to_thread(until, lambda: node.breakers() == ("closed", "closed"))
        assert [(await ask(node)).status for _ in range(20)] == [200] * 20


async def test_r23_workers_killed_meanwhile_block_nothing_and_never_answer_500(node: Node) -> None:
    upstream = Upstream()
    async with scripted(upstream) as listening:
        await arrange(node, listening.port, probes=1, patience=6)
        await opened(node)
        upstream.broken = False
        await asyncio.sleep(OPEN_SECONDS + 0.1)
        lost = asyncio.create_task(ask(node))
        while not upstream.held:
            await asyncio.sleep(0.01)
        os.kill(holder(node, upstream.holder_port), signal.SIGKILL)
        assert (await lost).status == 0
        upstream.release.set()
        seen: list[Asked] = []
        while not seen or seen[-1].status != 200:
            seen.append(await ask(node))
            assert refused(seen[-1]) or seen[-1].status in (0, 200), seen[-1]
            await asyncio.sleep(0.05)
        assert any(refused(answer) for answer in seen), "until the loan of the killed worker's probe had ended"
        await asyncio.to_thread(until, lambda: node.breakers() == ("closed", "closed"))


@pytest.mark.parametrize(("threshold", "failures_left"), [(4, 1), (9, 6)])
async def test_g210_a_changed_threshold_is_obeyed_by_every_worker_with_the_next_request(
    node: Node, threshold: int, failures_left: int
) -> None:
    async with scripted(Upstream()) as listening:
        await arrange(node, listening.port, probes=1)
        path = f"/admin/services/{node.service}/policy"
        await asyncio.to_thread(node.call, "PUT", path, {"circuit_breaker": {"open_seconds": 60}})
        assert await statuses(node, 3) == [500] * 3
        changed = await asyncio.to_thread(node.call, "PUT", path, {"circuit_breaker": {"max_failures": threshold}})
        assert changed["updated_fields"] == ["circuit_breaker.max_failures"]
        assert await statuses(node, 12) == [500] * failures_left + [503] * (12 - failures_left)


async def test_g360_by_hand_over_all_workers_and_the_load_is_that_of_all(node: Node) -> None:
    upstream = Upstream()
    upstream.broken = False
    async with scripted(upstream) as listening:
        await arrange(node, listening.port, probes=1)
        asking = [asyncio.create_task(ask(node)) for _ in range(12)]
        while upstream.held < 12:
            await asyncio.sleep(0.01)
        state = await asyncio.to_thread(node.state)
        assert state["instances"][0]["load"] == 12
        upstream.release.set()
        assert {answer.status for answer in await asyncio.gather(*asking)} == {200}
        for action, status in (("open", 503), ("close", 200), ("open", 503), ("reset", 200)):
            await asyncio.to_thread(node.call, "POST", f"/admin/services/{node.service}/breaker", {"action": action})
            assert [(await ask(node)).status for _ in range(12)] == [status] * 12
        await asyncio.to_thread(until, lambda: node.state()["instances"][0]["load"] == 0)
