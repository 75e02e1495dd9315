"""Commands of `make test` beside each other: what a reader sees, and that no failure gets lost."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

from tests.common.node_process import ROOT
from tests.side_by_side import side_by_side


def run(*commands: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.side_by_side", *commands]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def test_they_run_at_once_and_are_read_in_the_order_given(tmp_path: Path) -> None:
    waits, ends = tmp_path / "waits.py", tmp_path / "ends.py"
    waits.write_text(
        "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)\nprint('first')"
    )
    ends.write_text("import pathlib, sys\npathlib.Path(sys.argv[1]).touch()\nprint('second')")
    page = io.BytesIO()
    failed = side_by_side([f"{sys.executable} {script} {tmp_path}/there" for script in (waits, ends)], page)
    assert (failed, page.getvalue()) == ([], b"first\nsecond\n")


def test_a_failure_of_any_is_a_failure_and_named_last() -> None:
    done = run("false", "echo well")
    assert (done.returncode, done.stdout, done.stderr) == (1, "well\n", "failed: false\n")


def test_when_all_is_well_the_last_commands_output_ends_the_page() -> None:
    done = run("echo one", "echo two")
    assert (done.returncode, done.stdout, done.stderr) == (0, "one\ntwo\n", "")
