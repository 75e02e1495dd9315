"""`manage.py gateway` as it is run: the control process with a real database, real workers, real traffic."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.processes import free_port
from proxy.node.plan import SNAPSHOT_NAME
from tests.common import access_tokens
from tests.common.migrated_state import migrated_state
from tests.common.node_process import ROOT, NodeProcess, is_alive, until

pytestmark = pytest.mark.slow

Start = Callable[..., NodeProcess]
MANAGE = [sys.executable, str(ROOT / "manage.py")]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return node_settings(tmp_path)


def node_settings(directory: Path) -> dict[str, str]:
    return {"GATEWAY_STATE_DIR": str(directory / "state"), "GATEWAY_ACCESS_LOG": "", "GATEWAY_DRAIN_SECONDS": "3"}


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """A management command, to its end."""
    return subprocess.run(
        [*MANAGE, *arguments], env=os.environ | environment, capture_output=True, text=True, timeout=90, check=False
    )


@pytest.fixture
def migrated(environment: dict[str, str]) -> dict[str, str]:
    migrated_state(Path(environment["GATEWAY_STATE_DIR"]))
    return environment


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Start]:
    started: list[NodeProcess] = []

    def start(*arguments: str) -> NodeProcess:
        command = [*MANAGE, "gateway", "--bind", "127.0.0.1:0", *arguments]
        started.append(NodeProcess(command, tmp_path, environment))
        return started[-1]

    yield start
    for node in started:
        node.__exit__()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node of four workers, for tests that leave it as it was but for routes of their own."""
    directory = tmp_path_factory.mktemp("running")
    migrated_state(directory / "state")
    command = [*MANAGE, "gateway", "--bind", "127.0.0.1:0", "--workers", "4"]
    with NodeProcess(command, directory, node_settings(directory)) as node:
        yield node


@pytest.fixture
def token(migrated: dict[str, str]) -> str:
    return access_tokens.administrator()


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.path.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.socket.listen(128)  # the default of 5 makes connections wait for whole seconds
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def post(node: NodeProcess, token: str, path: str, content: dict[str, object], port: int = 0) -> dict[str, object]:
    """The content of a write that must succeed."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    status, body = node.request("POST", path, json.dumps(content).encode(), headers, port)
    assert status == 200, body
    return dict(json.loads(body)["content"])


def register(node: NodeProcess, token: str, upstream: int, port: int = 0) -> None:
    content = {"service_name": "users", "instance_id": "a", "host": "127.0.0.1", "port": upstream}
    post(node, token, "/admin/services", content, port)


def add_route(node: NodeProcess, token: str, path: str, port: int = 0, **fields: object) -> dict[str, object]:
    content = {
        "service_name": "users",
        "path_pattern": path,
        "target_url": path,
        "method": "GET",
        "requires_auth": False,
        **fields,
    }
    return post(node, token, "/admin/routes", content, port)


def health(node: NodeProcess) -> dict[str, object]:
    return dict(json.loads(node.request("GET", "/health")[1])["content"])


def test_g104_a_route_is_in_force_on_every_worker_when_its_write_is_answered(
    running: NodeProcess, token: str, upstream: int
) -> None:
    node = running
    register(node, token, upstream)
    lagging = 0
    for number in range(40):
        lagging += "pending_workers" in add_route(node, token, f"/made/{number}")
        assert [node.get(f"/made/{number}") for _ in range(4)] == [f"/made/{number}".encode()] * 4
    assert lagging < 10, "a busy machine may keep a worker from the processor for the second that a write waits"


def test_g104_writes_are_in_force_while_workers_are_killed_and_replaced(
    start: Start, token: str, upstream: int
) -> None:
    node = start("--workers", "2")
    register(node, token, upstream)
    time.sleep(2)  # a long enough life: what dies younger is replaced after a pause
    for number in range(30):
        if number % 10 == 0:
            os.kill(node.children("proxy.node.worker")[0], signal.SIGKILL)
        add_route(node, token, f"/made/{number}")
        status, body = node.request("GET", f"/made/{number}")
        assert (status, body) == (200, f"/made/{number}".encode())


def test_a_write_of_another_process_is_in_force_by_itself(running: NodeProcess, token: str) -> None:
    node = running
    revision = health(node)["revision"]
    code = "from services.models import Service; Service.objects.create(name='made-elsewhere')"
    assert manage(node_environment(node), "shell", "-c", code).returncode == 0
    until(lambda: [worker["revision"] for worker in health(node)["workers"]] == [revision + 1] * 4)  # type: ignore[index, operator, attr-defined]


def node_environment(node: NodeProcess) -> dict[str, str]:
    return {"GATEWAY_STATE_DIR": str(node.log_path.parent / "state")}


def test_g240_health_lists_the_workers_and_what_they_serve(running: NodeProcess) -> None:
    node = running
    workers = health(node)["workers"]
    assert isinstance(workers, list)
    assert [worker["name"] for worker in workers] == [f"worker-{number}" for number in range(1, 5)]
    assert sorted(worker["pid"] for worker in workers) == sorted(node.children("proxy.node.worker"))


def test_g261_the_figures_are_those_of_all_workers_and_of_the_dead(start: Start, token: str, upstream: int) -> None:
    node = start("--workers", "2")
    register(node, token, upstream)
    add_route(node, token, "/counted")
    before = requests_counted(node, token)
    for _ in range(20):
        node.get("/counted")
    os.kill(node.children("proxy.node.worker")[0], signal.SIGTERM)
    until(lambda: "ended with exit code 0" in node.log)
    for _ in range(5):
        node.get("/counted")
    assert requests_counted(node, token) - before == 25


def requests_counted(node: NodeProcess, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    status, body = node.request("GET", "/metrics", headers=headers)
    assert status == 200, body
    text = json.loads(body)["content"]["metrics"]
    (line,) = (line for line in text.splitlines() if line.startswith("gateway_requests_total"))
    return int(float(line.split()[-1]))


@pytest.mark.parametrize("loss", ["missing", "empty"])
def test_g505_with_the_database_gone_a_node_starts_and_serves(
    start: Start, token: str, upstream: int, environment: dict[str, str], loss: str
) -> None:
    """Edge rule T10."""
    node = start("--workers", "1")
    register(node, token, upstream)
    add_route(node, token, "/kept")
    node.signal(signal.SIGTERM)
    assert node.end() == 0
    state = Path(environment["GATEWAY_STATE_DIR"])
    for file in state.glob("gateway.sqlite3*"):
        file.unlink()
    if loss == "empty":
        (state / "gateway.sqlite3").touch()
    again = start("--workers", "2")
    assert again.get("/kept") == b"/kept"
    assert "starting from the configuration of" in again.log
    until(lambda: "cannot publish the configuration, the last one stays in force" in again.log)
    assert again.get("/kept") == b"/kept"


def test_r13_traffic_flows_while_the_database_is_away(start: Start, token: str, upstream: int, tmp_path: Path) -> None:
    node = start("--workers", "1")
    register(node, token, upstream)
    add_route(node, token, "/kept")
    database = tmp_path / "state" / "gateway.sqlite3"
    database.rename(tmp_path / "away")
    database.mkdir()  # what cannot be opened as a database
    (control,) = node.children("proxy.node.control")
    os.kill(control, signal.SIGKILL)
    until(lambda: "cannot publish the configuration" in node.log)
    assert [node.get("/kept") for _ in range(20)] == [b"/kept"] * 20
    database.rmdir()
    (tmp_path / "away").rename(database)
    until(lambda: "publishing works again" in node.log)
    add_route(node, token, "/new")
    assert node.get("/new") == b"/new"


def test_r02b_no_request_fails_while_every_worker_is_restarted_in_turn(start: Start, token: str, upstream: int) -> None:
    node = start("--workers", "2")
    register(node, token, upstream)
    add_route(node, token, "/kept", rate_limit_rpm=None)
    stopped = threading.Event()
    outcomes: list[object] = []

    def ask() -> None:
        while not stopped.is_set():
            try:
                outcomes.append(node.request("GET", "/kept")[0])
            except OSError as error:
                outcomes.append(error)
            time.sleep(0.005)

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for client in clients:
        client.start()
    for _ in range(4):
        leaving = node.children("proxy.node.worker")[0]
        os.kill(leaving, signal.SIGTERM)
        time.sleep(0.7)  # leaves this interpreter to the clients and the upstream
        until(lambda leaving=leaving: leaving not in node.children() and len(node.children("proxy.node.worker")) == 2)
    stopped.set()
    for client in clients:
        client.join()
    assert len(outcomes) > 20
    assert set(outcomes) == {200}


def test_the_gateway_in_one_process_serves_a_route_when_its_write_is_answered(
    token: str, upstream: int, tmp_path: Path, migrated: dict[str, str]
) -> None:
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "gateway_project.asgi:application"]
    with NodeProcess(command, tmp_path, migrated) as node:
        until(lambda: "Listening on TCP" in node.log, 150)
        register(node, token, upstream, port)
        add_route(node, token, "/before/traffic", port)
        assert node.request("GET", "/before/traffic", port=port) == (200, b"/before/traffic")
        for number in range(20):
            add_route(node, token, f"/made/{number}", port)
            assert node.request("GET", f"/made/{number}", port=port)[0] == 200
        workers = json.loads(node.request("GET", "/health", port=port)[1])["content"]["workers"]
        assert [worker["name"] for worker in workers] == ["gateway"]


def test_admin_bind_takes_the_reserved_paths_away_from_the_main_address(
    start: Start, token: str, upstream: int
) -> None:
    node = start("--admin-bind", "127.0.0.1:0", "--workers", "1")
    main, admin = node.ports
    register(node, token, upstream, port=admin)
    add_route(node, token, "/only/traffic", port=admin)
    assert node.request("GET", "/only/traffic", port=main)[0] == 200
    assert node.request("GET", "/only/traffic", port=admin)[0] == 404
    assert node.request("GET", "/health", port=admin)[0] == 200
    status, body = node.request("GET", "/metrics", port=main)
    assert (status, json.loads(body)["code"]) == (404, "F40400")


def test_uvicorn_carries_the_same_traffic(start: Start, token: str, upstream: int) -> None:
    node = start("--server", "uvicorn", "--workers", "2")
    register(node, token, upstream)
    add_route(node, token, "/by/uvicorn")
    assert node.get("/by/uvicorn") == b"/by/uvicorn"
    node.signal(signal.SIGTERM)
    assert node.end() == 0


def test_a_restarted_control_process_answers_requests_that_waited_for_it(running: NodeProcess) -> None:
    node = running
    assert node.request("GET", "/health")[0] == 200
    (control,) = node.children("proxy.node.control")
    os.kill(control, signal.SIGKILL)
    until(lambda: not is_alive(control))
    status, body = node.request("GET", "/health")
    assert status == 200, (body, node.log)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bind", "nowhere"], "--bind: 'nowhere' is not an address: write HOST:PORT, [IPv6]:PORT or :PORT"),
        (["--admin-bind", "127.0.0.1:70000"], "--admin-bind: '127.0.0.1:70000': port 70000 is beyond 65535"),
        (["--workers", "0"], "--workers: 0 is not a number from 1 to 256"),
        (["--server", "apache"], "invalid choice: 'apache'"),
    ],
)
def test_a_wrong_argument_is_named(migrated: dict[str, str], arguments: list[str], message: str) -> None:
    ended = manage(migrated, "gateway", *arguments)
    assert ended.returncode != 0
    assert message in ended.stderr


def test_a_database_without_tables_is_refused_with_the_remedy(environment: dict[str, str]) -> None:
    ended = manage(environment, "gateway", "--bind", "127.0.0.1:0")
    assert ended.returncode == 1
    assert "there is no database file" in ended.stderr
    assert "run: python manage.py migrate" in ended.stderr


def test_a_database_behind_the_program_is_refused_even_with_a_configuration_on_disk(migrated: dict[str, str]) -> None:
    (Path(migrated["GATEWAY_STATE_DIR"]) / SNAPSHOT_NAME).touch()
    code = "from django.db.migrations.recorder import MigrationRecorder as R; R.Migration.objects.latest('id').delete()"
    assert manage(migrated, "shell", "-c", code).returncode == 0
    ended = manage(migrated, "gateway", "--bind", "127.0.0.1:0")
    assert ended.returncode == 1
    assert "1 migrations are not applied" in ended.stderr


def test_an_address_in_use_is_refused_with_the_reason(running: NodeProcess, migrated: dict[str, str]) -> None:
    ended = manage(migrated, "gateway", "--bind", f"127.0.0.1:{running.ports[0]}")
    assert ended.returncode == 1
    assert "the address is in use by another program" in ended.stderr


async def statuses_at_once(port: int, path: str, count: int) -> list[int]:
    """The status of each of `count` requests, sent when all their connections are open."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    for _reader, writer in opened:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(30):
        heads = await asyncio.gather(*(reader.readline() for reader, _writer in opened))
    for _reader, writer in opened:
        writer.close()
    return [int(head.split()[1]) for head in heads]


async def test_g343_r12_four_workers_admit_exactly_the_limit_of_500_at_once(
    running: NodeProcess, token: str, upstream: int
) -> None:
    node = running
    register(node, token, upstream)
    for number in range(3):
        add_route(node, token, f"/limited/{number}", rate_limit_rpm=50)
        found = await statuses_at_once(node.ports[0], f"/limited/{number}", 500)
        assert {status: found.count(status) for status in set(found)} == {200: 50, 429: 450}
    assert "shared counters" not in node.log


async def test_g343_a_worker_that_is_killed_forgets_nothing(start: Start, token: str, upstream: int) -> None:
    node = start("--workers", "2")
    register(node, token, upstream)
    add_route(node, token, "/limited", rate_limit_rpm=20)
    assert await statuses_at_once(node.ports[0], "/limited", 15) == [200] * 15
    before = set(node.children("proxy.node.worker"))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(node.children("proxy.node.worker")) - before) == 2, what="two new workers")
    found = await statuses_at_once(node.ports[0], "/limited", 40)
    assert sorted(found) == [200] * 5 + [429] * 35
