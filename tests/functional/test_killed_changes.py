"""A change or a restore whose process is killed in the middle leaves nothing, on either database (G-500, G-501)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.common.node_process import ROOT
from tests.common.own_databases import own_database

BEGIN = """
import django; django.setup()
import json, time
from django.core.management import call_command
from django.db import transaction
from revisions.change import change
from revisions.models import ConfigurationState, Revision, RevisionItem
from revisions.restore import restore_configuration
from services.models import Service
def state():
    rows = list(Service.objects.order_by("name").values_list("name", "verify_tls"))
    return [ConfigurationState.objects.get().revision, Revision.objects.count(), RevisionItem.objects.count(), rows]
"""
FILL = """
call_command("migrate", verbosity=0)
with change(reason="first"):
    Service.objects.bulk_create([Service(name=f"s{number}") for number in range(200)])
Service.objects.filter(name="s7").delete()
print(json.dumps(state()))
"""
CHANGE = """
with change():
    Service.objects.update(verify_tls=False)
    Service.objects.create(name="new")
    Service.objects.filter(name="s1").delete()
    print("in the middle", flush=True)
    time.sleep(600)
"""
RESTORE = """
with transaction.atomic():
    restore_configuration(0)
    print("in the middle", flush=True)
    time.sleep(600)
"""
LOOK = """
found = state()
restore_configuration(0)
print(json.dumps([found, state()]))
"""


class Database:
    """One that child processes use."""

    def __init__(self, url: str, directory: Path) -> None:
        own = {"DATABASE_URL": url, "GATEWAY_STATE_DIR": str(directory)}
        self.environment = os.environ | own | {"DJANGO_SETTINGS_MODULE": "gateway_project.settings"}

    def told(self, code: str) -> Any:
        """What a process prints."""
        command = [sys.executable, "-c", BEGIN + code]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    def kill_in_the_middle(self, code: str) -> None:
        """Runs the code until it says that it is in the middle, then sends SIGKILL."""
        command = [sys.executable, "-c", BEGIN + code]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process, process.stdout:
            assert process.stdout.readline() == "in the middle\n"
            process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_g500_a_change_or_restore_killed_in_the_middle_leaves_nothing(vendor: str, tmp_path: Path) -> None:
    with own_database(vendor, tmp_path) as url:
        database = Database(url, tmp_path)
        before = database.told(FILL)
        database.kill_in_the_middle(CHANGE)
        database.kill_in_the_middle(RESTORE)
        found, restored = database.told(LOOK)
        assert found == before
        assert (restored[:2], restored[3]) == ([3, 3], [])
