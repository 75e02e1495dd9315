"""A state directory with a migrated database. Migrating takes seconds, so one process of a run does it and all copy."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.common.node_process import ROOT


def migrated_state(directory: Path) -> None:
    """Fills `directory`, which is made if it is not there."""
    shutil.copytree(_template(), directory, dirs_exist_ok=True)


def _template() -> Path:
    """Whoever asks first makes it; the others wait for him. It gets its name when it is whole."""
    shared = Path(os.environ["GATEWAY_TEST_SHARED"])
    template = shared / "migrated"
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            directory = tempfile.mkdtemp(prefix="migrating-", dir=shared)
            command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
            subprocess.run(command, env=os.environ | {"GATEWAY_STATE_DIR": directory}, check=True, timeout=120)
            Path(directory).rename(template)
    return template
