"""The clouds' metadata addresses as they are, in a network of the test's own where they answer (P7, R-22)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

ALONE = ["unshare", "--net"]


def may_be_alone() -> bool:
    """A network namespace takes the right to make one: root, and a kernel that allows it."""
    try:
        return subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not may_be_alone(), reason="no right to a network namespace")
@pytest.mark.timeout(120)
def test_r22_p7_no_spelling_and_no_name_reaches_a_metadata_service() -> None:
    command = [*ALONE, sys.executable, "-m", "tests.common.metadata_network"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["denied"] == 0
    assert told["open"] > 0.8 * told["tried"], "the recorder hears little, so its silence says little"
    assert told["tried"] >= 3 * 150
