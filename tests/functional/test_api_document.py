"""The API of a running node against its own OpenAPI document, by schemathesis: no 5xx, no answer it does not describe.

`make fuzz` runs the same with 500 examples an endpoint.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.common.factories import INSTANCE_BODY, ROUTE_BODY
from tests.common.node_process import ROOT
from tests.common.own_databases import own_database
from tests.common.watched_node import watched_node

EXAMPLES = os.environ.get("GATEWAY_TEST_FUZZ_EXAMPLES", "5")
SEED = os.environ.get("GATEWAY_TEST_FUZZ_SEED", "1")
PHASES = os.environ.get("GATEWAY_TEST_FUZZ_PHASES", "examples,fuzzing")
PATHS = os.environ.get("GATEWAY_TEST_FUZZ_PATHS", "")
"""A regular expression: only the endpoints whose path has it."""
DATABASE = os.environ.get("GATEWAY_TEST_FUZZ_DATABASE", "sqlite")
"""Whose rows the node keeps: `sqlite` or `postgresql`."""


def command(address: str, token: str) -> list[str]:
    """A run of schemathesis over the whole document."""
    return [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "tests" / "schemathesis.toml"),
        "run", f"{address}/openapi.json", "--header", f"Authorization: Bearer {token}",
        "--phases", PHASES, "--max-examples", EXAMPLES, "--seed", SEED, "--continue-on-failure",
        "--generation-database", "none", "--warnings", "off", "--no-color",
        *(["--include-path-regex", PATHS] if PATHS else []),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(24 * 3600 if "GATEWAY_TEST_FUZZ_EXAMPLES" in os.environ else 600)
def test_g006_every_answer_is_one_that_the_openapi_document_describes(tmp_path: Path) -> None:
    with own_database(DATABASE, tmp_path) as url, watched_node(tmp_path, database=url) as node:
        node.call("POST", "/admin/services", {**INSTANCE_BODY, "host": "127.0.0.1"})
        node.call("POST", "/admin/routes", ROUTE_BODY)
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.common.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
        address = f"http://127.0.0.1:{node.process.ports[0]}"
        with (tmp_path / "report.txt").open("wb") as report:
            done = subprocess.run(
                command(address, node.token), cwd=tmp_path, env=environment, stdout=report, stderr=report, check=False
            )
        sys.stdout.write((tmp_path / "report.txt").read_text()[-20_000:])
        assert done.returncode == 0
        assert "Traceback" not in node.process.log
