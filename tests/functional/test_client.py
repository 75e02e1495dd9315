"""`python -m gateway_client` against a node as it is run: what each verb prints, and the status it ends with."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway_client.__main__ import main
from tests.common import access_tokens
from tests.common.node_process import ROOT, until
from tests.common.watched_node import WatchedNode
from tests.common.watched_upstream import WatchedUpstream

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[int, str, str]]
"""Exit status, standard output, standard error of a command line."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[WatchedUpstream]:
    upstream = WatchedUpstream("a")
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, upstream: WatchedUpstream) -> Iterator[WatchedNode]:
    node = WatchedNode(tmp_path_factory.mktemp("node"))
    node.environment["GATEWAY_ACCESS_LOG"] = str(node.directory / "access.log")
    node.start(2)
    try:
        node.register("people", upstream)
        node.route("people", name="people")
        yield node
    finally:
        node.process.__exit__()


@pytest.fixture
def run(node: WatchedNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("GATEWAY_URL", f"http://127.0.0.1:{node.process.ports[0]}")
    monkeypatch.setenv("GATEWAY_TOKEN", node.token)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return (status, *capsys.readouterr())

    return run


def test_ping_tells_the_revision_and_how_many_workers_serve(run: Run) -> None:
    status, out, _ = run("ping")
    assert status == 0
    assert "healthy" in out
    content = json.loads(run("--json", "ping")[1])
    assert (content["status"], len(content["workers"])) == ("healthy", 2)
    assert content["seconds"] > 0


def test_a_route_is_made_shown_listed_changed_and_deleted(run: Run, node: WatchedNode) -> None:
    fields = ["service_name=people", "path_pattern=/made/*", "target_url=/*", "method=GET", "requires_auth=false"]
    status, out, err = run("--reason", "it goes live", "routes", "create", *fields, "name=made", 'hosts=["a.example"]')
    assert (status, "Route created. (revision " in err) == (0, True)
    identity = out.split()[1]
    status, out, err = run("--json", "routes", "show", "made")
    route = json.loads(out)
    assert (status, route["id"], route["hosts"]) == (0, identity, ["a.example"])
    etag = err.removeprefix("ETag: ").strip()
    assert identity in run("routes", "list", "--search", "made")[1]
    assert json.loads(run("--json", "routes", "list", "--host", "nobody.example")[1]) == []

    assert run("routes", "update", "made", "priority=7", "--if-match", etag)[0] == 0
    status, out, err = run("routes", "update", identity, "priority=8", "--if-match", etag)
    assert (status, out, "F41200" in err) == (1, "", True)

    assert run("routes", "delete", "made")[0] == 0
    status, _, err = run("routes", "show", identity)
    assert (status, err.splitlines()[0].startswith("gateway: F40400: "), "request id: " in err) == (1, True, True)
    assert run("routes", "show", "made")[::2] == (64, "gateway: 0 routes are named made\n")


def test_a_reason_is_kept_in_the_language_it_was_written_in(run: Run, node: WatchedNode) -> None:
    assert run("--reason", "新的路由上線", "routes", "update", "people", "description=x")[0] == 0
    code = "from revisions.models import Revision; print(Revision.objects.order_by('-number').first().reason)"
    assert node.manage("shell", "-c", code) == "新的路由上線"


def test_a_refusal_names_every_field(run: Run) -> None:
    status, _, err = run(
        "routes", "create", "service_name=", "path_pattern=/x", "target_url=/x", "method=FETCH", "colour=1"
    )
    assert status == 1
    lines = [line.strip() for line in err.splitlines()]
    assert lines[0].startswith("gateway: F40000: ")
    assert {line.partition(":")[0] for line in lines[1:]} == {"service_name", "method", "colour", "request id"}


def test_instances_are_made_from_a_file_listed_and_their_state_shown(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "instance.json"
    file.write_text(json.dumps({"service_name": "shop", "instance_id": "b", "host": "127.0.0.1", "port": 9}))
    assert run("services", "create", "--file", str(file), "weight=5")[0] == 0
    [listed] = json.loads(run("--json", "services", "list", "shop")[1])
    assert (listed["instance_id"], listed["weight"]) == ("b", 5)
    assert "127.0.0.1:9" in run("services", "list", "shop", "--status", "healthy")[1]
    status, out, _ = run("services", "state", "shop")
    assert (status, "shop: circuit closed" in out, "healthy" in out) == (0, True, True)
    assert run("services", "update", "b", "status=draining")[0] == 0
    assert run("services", "delete", "b")[0] == 0


def test_explain_says_what_would_become_of_a_request(run: Run) -> None:
    status, out, _ = run("explain", "GET", "/people?x=1", "--header", "Accept: text/plain", "--address", "10.0.0.1")
    assert status == 0
    assert out.startswith("forwarded")
    assert "serves        people → people" in out
    assert "✓ path is /people" in out
    assert "127.0.0.1:" in out
    content = json.loads(run("--json", "explain", "POST", "/people")[1])
    assert (content["outcome"], content["code"]) == ("refused", "F40400")
    status, _, err = run("explain", "GET", "people")
    assert (status, "path: " in err) == (1, True)
    assert run("explain", "GET", "/people", "--header", "Accept")[0] == 64


def test_top_reckons_rates_from_the_figures_of_all_workers(run: Run, node: WatchedNode) -> None:
    over = threading.Event()

    def traffic() -> None:
        while not over.is_set():
            node.ask("people")

    sending = threading.Thread(target=traffic)
    sending.start()
    try:
        status, out, _ = run("--json", "top", "--times", "1", "--seconds", "1.5")
        assert status == 0
        [busiest, *_] = json.loads(out)
        assert "people" in run("top", "--times", "1", "--seconds", "0.5")[1]
    finally:
        over.set()
        sending.join()
    assert (busiest["route"], busiest["service"], busiest["errors_per_second"]) == ("people", "people", 0)
    assert busiest["per_second"] > 1
    assert busiest["own"] < busiest["mean"]


def test_tail_shows_the_records_that_were_asked_for(run: Run, node: WatchedNode) -> None:
    node.ask("people")
    assert node.process.request("GET", "/nowhere-at-all")[0] == 404
    log = node.environment["GATEWAY_ACCESS_LOG"]
    out = until(lambda: run("tail", log, "-n", "100", "--status", "4xx", "--method", "GET")[1], what="the record")
    assert "/nowhere-at-all" in out
    assert "/people" not in out
    [record, *_] = run("--json", "tail", log, "-n", "100", "--route", "people")[1].splitlines()
    assert json.loads(record)["path"] == "/people"
    assert run("tail", f"{log}.old")[0] == 64


def test_a_token_is_shown_and_revoked(run: Run, node: WatchedNode, monkeypatch: pytest.MonkeyPatch) -> None:
    token = access_tokens.administrator("u2")
    status, out, _ = run("token", "show", token)
    assert (status, "u2" in out, "expires" in out) == (0, True, True)
    monkeypatch.setenv("GATEWAY_TOKEN", token)
    assert run("token", "revoke")[0] == 0
    status, _, err = run("routes", "list")
    assert (status, "F40001" in err) == (1, True)


def test_logging_in_prints_a_token_that_works(run: Run, node: WatchedNode, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from django.contrib.auth.models import User; User.objects.create_superuser('ops', password='a-long-password')"
    )
    node.manage("shell", "-c", code)
    monkeypatch.delenv("GATEWAY_TOKEN")
    monkeypatch.setenv("GATEWAY_PASSWORD", "wrong")
    assert run("token", "new", "ops")[0] == 1
    monkeypatch.setenv("GATEWAY_PASSWORD", "a-long-password")
    status, out, err = run("token", "new", "ops")
    assert (status, err.startswith("good for ")) == (0, True)
    monkeypatch.setenv("GATEWAY_TOKEN", out.strip())
    assert run("routes", "list")[0] == 0


def test_a_report_holds_what_could_be_fetched_and_no_token(run: Run, node: WatchedNode, tmp_path: Path) -> None:
    file = tmp_path / "report.tar.gz"
    status, out, _ = run("--json", "collect", "--output", str(file))
    told = json.loads(out)
    assert (status, told["report"], told["bytes"]) == (0, str(file), file.stat().st_size)
    with tarfile.open(file) as archive:
        texts = {Path(one.name).name: archive.extractfile(one).read().decode() for one in archive}
    assert set(texts) == set(told["files"])
    assert {"health.json", "problems.json", "conflicts.json", "revisions.json", "metrics.txt"} <= set(texts)
    assert json.loads(texts["health.json"])["status"] == "healthy"
    assert "gateway_http_requests_total" in texts["metrics.txt"]
    assert not [name for name, text in texts.items() if node.token in text]
    assert run("collect", "--output", str(file))[0] == 64


def test_what_is_wrong_on_this_side_or_on_the_way_has_a_status_of_its_own(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_URL", "http://127.0.0.1:9")
    status, out, err = run("ping")
    assert (status, out, err.startswith("gateway: http://127.0.0.1:9: ")) == (3, "", True)
    with pytest.raises(SystemExit) as ended:
        run("dance")
    assert ended.value.code == 64


def test_it_is_a_program(node: WatchedNode) -> None:
    url = f"http://127.0.0.1:{node.process.ports[0]}"
    command = [sys.executable, "-m", "gateway_client", "--url", url, "ping"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr, "healthy" in done.stdout) == (0, "", True)


def test_a_configuration_goes_out_is_compared_and_applied(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gateway.yaml"
    assert run("export", "-o", str(file))[0] == 0
    before = file.read_text()
    assert before == run("export")[1]
    assert json.loads(run("--json", "export")[1])["format"] == 1
    assert run("diff", str(file))[0] == 0

    route = {"name": "filed", "service_name": "people", "path_pattern": "/filed", "method": "GET", "target_url": "/"}
    priority = {"priority": "${PRIORITY}", "description": "${WORDS:-none}"}
    part = tmp_path / "part.json"
    part.write_text(json.dumps({"format": 1, "services": [{"name": "people"}], "routes": [route | priority]}))
    monkeypatch.setenv("PRIORITY", "7")
    status, out, _ = run("apply", str(part), "--dry-run")
    assert (status, "+ route filed" in out, "    priority: 7" in out) == (0, True, True)
    assert run("routes", "show", "filed")[0] == 64
    status, out, err = run("--reason", "a part", "apply", str(part))
    assert (status, "+ route filed" in out, "stored as revision" in err) == (0, True, True)
    made = json.loads(run("--json", "routes", "show", "filed")[1])
    assert (made["priority"], made["description"]) == (7, "none")
    assert run("apply", str(part))[::2] == (0, "nothing had to change\n")

    status, out, _ = run("diff", str(file))
    assert (status, "- route filed" in out) == (2, True)
    monkeypatch.delenv("PRIORITY")
    status, _, err = run("diff", str(part))
    assert (status, "PRIORITY" in err) == (1, True)
    assert run("apply", str(file), "--prune")[0] == 0
    assert run("export")[1] == before
