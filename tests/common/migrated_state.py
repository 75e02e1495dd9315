"""A state directory with a migrated database. Migrating takes seconds, so a process does it once and copies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.common.node_process import ROOT


def migrated_state(directory: Path) -> None:
    """Fills `directory`, which is made if it is not there."""
    shutil.copytree(_template(), directory, dirs_exist_ok=True)


@cache
def _template() -> Path:
    directory = tempfile.mkdtemp(prefix="migrated-", dir=os.environ["GATEWAY_STATE_DIR"])
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    subprocess.run(command, env=os.environ | {"GATEWAY_STATE_DIR": directory}, check=True, timeout=120)
    return Path(directory)
