"""Change sets and processes that die in the middle, and sets that several nodes could publish (G-501)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.common import access_tokens
from tests.common.migrated_state import migrated_state
from tests.common.node_process import ROOT, NodeProcess, until

MANAGE = [sys.executable, str(ROOT / "manage.py")]
PREPARED = """
import django; django.setup()
from tests.common.factories import make_route
for number in range(100):
    make_route(f"/{number}", service="s", name=f"r{number}")
"""
PUBLISHED = """
import sys
import django; django.setup()
from django.db.models.signals import post_save
from configuration.changesets.publishing import publish
from configuration.models import ChangeSet
from gateway_project.rest import access
from revisions.change import change
from routing.models import Route

saved = []

def halfway(**_sent):
    saved.append(1)
    if len(saved) == 50:
        print("halfway", flush=True)
        sys.stdin.read()

post_save.connect(halfway, sender=Route)
changes = [{"action": "update", "kind": "route", "name": f"r{n}", "data": {"priority": 9}} for n in range(100)]
with change("root") as current:
    publish(ChangeSet(reason="all", changes=changes), current, access.LOCAL, force=True)
"""
COUNTED = """
import json
import django; django.setup()
from configuration.models import ChangeSet
from revisions.models import Revision, RevisionItem
from routing.models import Route
print(json.dumps([
    Route.objects.filter(priority=9).count(), ChangeSet.objects.count(),
    Revision.objects.filter(reason="all").count(), RevisionItem.objects.filter(action="update").count(),
]))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    migrated_state(tmp_path / "state")
    return {
        "GATEWAY_STATE_DIR": str(tmp_path / "state"),
        "GATEWAY_ACCESS_LOG": "",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'state' / 'gateway.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "gateway_project.settings",
    }


def run(command: list[str], environment: dict[str, str]) -> str:
    found = subprocess.run(
        command, env=os.environ | environment, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def script(text: str, environment: dict[str, str]) -> str:
    return run([sys.executable, "-c", text], environment)


def test_g501_a_process_killed_in_the_middle_of_a_set_leaves_nothing(environment):
    script(PREPARED, environment)
    child = subprocess.Popen(
        [sys.executable, "-c", PUBLISHED], env=os.environ | environment, cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "halfway\n"
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert json.loads(script(COUNTED, environment)) == [0, 0, 0, 0]
    script(PUBLISHED.replace("sys.stdin.read()", "pass"), environment)
    assert json.loads(script(COUNTED, environment)) == [100, 1, 1, 100]


@pytest.fixture
def nodes(tmp_path: Path, environment: dict[str, str]) -> Iterator[list[NodeProcess]]:
    started = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        own = {**environment, "GATEWAY_STATE_DIR": str(tmp_path / name / "state")}
        command = [*MANAGE, "gateway", "--bind", "127.0.0.1:0", "--workers", "1"]
        started.append(NodeProcess(command, tmp_path / name, own))
    yield started
    for node in started:
        node.__exit__()


def test_g501_of_two_nodes_on_one_database_one_publishes_a_set_at_its_time(nodes, environment):
    headers = {"Authorization": f"Bearer {access_tokens.administrator()}", "Content-Type": "application/json"}

    def call(node: NodeProcess, method: str, path: str, body: object = None) -> dict:
        sent = None if body is None else json.dumps(body).encode()
        status, answer = node.request(method, path, sent, headers)
        assert status == 200, answer
        return dict(json.loads(answer)["content"])

    for node in nodes:
        node.listening()
    at = datetime.now(UTC) + timedelta(seconds=10)
    data = {"service_name": "s", "path_pattern": "/later", "target_url": "/", "method": "GET", "requires_auth": False}
    body = {
        "reason": "later",
        "changes": [{"action": "create", "kind": "route", "data": data}],
        "publish_at": f"{at:%Y-%m-%d %H:%M:%S}",
    }
    path = f"/admin/changesets/{call(nodes[0], 'POST', '/admin/changesets', body)['changeset_id']}"
    until(lambda: call(nodes[1], "GET", path)["state"] == "published", 60, "the publication")
    for node in nodes:
        until(lambda node=node: node.request("GET", "/later")[0] == 503, 30, "the route")  # no instance yet
    assert call(nodes[0], "GET", "/admin/routes")["total"] == 1
    revisions = call(nodes[0], "GET", "/admin/revisions")
    assert [one["reason"] for one in revisions["revisions"]].count("later") == 1
    assert sum("change set published at its time" in node.log for node in nodes) == 1
