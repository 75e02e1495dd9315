"""R-18: the cases of the public suite `http-cache-tests` against a real node, its own origin server behind.

`npm install http-cache-tests` in some directory, then
`python -m benchmarks.reliability.http_cache_tests DIRECTORY [--write FILE] [--failed]`.
A case counts as the suite counts it: one whose precondition failed did not pass.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.processes import free_port
from benchmarks.reliability.node import Node

START, END = "<!-- cases: start -->", "<!-- cases: end -->"
MUST_PASS = 135
WITHOUT_FAILURE = ("auth", "cc-response", "vary", "invalidation")
TTL_SECONDS = 2
"""The suite wants replies without freshness not to be reused after its pauses of 3 s."""

CASES = """
import tests from './tests/index.mjs'
import surrogate from './tests/surrogate-control.mjs'
const all = [...tests, surrogate].flatMap(suite => suite.tests.map(test => ({
  group: suite.id, id: test.id, kind: test.kind || 'required', needs: test.depends_on || [],
  browser: test.browser_only === true
})))
console.log(JSON.stringify(all))
"""


def run(suite: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The cases of the suite, and what it found: true, or an error and its text, by case."""
    port = free_port()
    cases = json.loads(node(suite, ["--input-type=module", "-e", CASES], {}))
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), workers=4) as gateway:
        settings = {"protocol": "http", "port": str(port), "pidfile": str(Path(directory) / "origin.pid")}
        origin = subprocess.Popen(
            ["node", "--no-warnings", "server/server.mjs"],
            cwd=suite,
            env=environment(settings),
            stdout=subprocess.DEVNULL,
        )
        try:
            gateway.instance("origin", port)
            # The origin answers 5xx and breaks off on purpose, which must neither be repeated nor open its circuit.
            plain = {"retry_count": 0, "circuit_breaker_enabled": False}
            gateway.route("/test/*", "/test/*", cache_enabled=True, cache_ttl_seconds=TTL_SECONDS, **plain)
            gateway.route("/*", "/*", **plain)
            found = node(suite, ["--no-warnings", "cli.mjs"], {"base": f"http://127.0.0.1:{gateway.port}", "id": ""})
        finally:
            origin.terminate()
            origin.wait()
    return cases, json.loads(found)


def node(suite: Path, arguments: list[str], settings: dict[str, str]) -> str:
    """What a program of the suite prints."""
    return subprocess.run(
        ["node", *arguments], cwd=suite, env=environment(settings), stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment with settings as npm would hand them over."""
    return {**os.environ, **{f"npm_package_config_{name}": value for name, value in settings.items()}}


def passes(case: dict[str, Any], by_id: dict[str, dict[str, Any]], found: dict[str, Any]) -> bool:
    """Whether a case and all it builds upon passed."""
    return found.get(case["id"]) is True and all(passes(by_id[need], by_id, found) for need in case["needs"])


def table(cases: list[dict[str, Any]], found: dict[str, Any]) -> tuple[list[str], bool]:
    """The figures by group, and whether they are what they must be."""
    by_id = {case["id"]: case for case in cases}
    run_ones = [case for case in cases if not case["browser"]]
    count: Counter[tuple[str, str, bool]] = Counter(
        (case["group"], case["kind"], passes(case, by_id, found)) for case in run_ones
    )
    groups = tuple(dict.fromkeys(case["group"] for case in run_ones))
    rows = [*((group, (group,)) for group in groups), ("**all**", groups)]
    lines = ["| group | required | optimal | behaviour |", "|---|---|---|---|"]
    lines += [f"| {name} | " + " | ".join(share(count, these, kind) for kind in KINDS) + " |" for name, these in rows]
    enough = sum(count[group, "required", True] for group in groups) >= MUST_PASS
    return lines, enough and not any(count[group, "required", False] for group in WITHOUT_FAILURE)


KINDS = ("required", "optimal", "check")


def share(count: Counter[tuple[str, str, bool]], groups: tuple[str, ...], kind: str) -> str:
    """Passed of run."""
    good, bad = (sum(count[group, kind, passed] for group in groups) for passed in (True, False))
    return f"{good} / {good + bad}" if good + bad else ""


def main() -> int:
    """Runs, prints and perhaps writes; exit code 1 when too little passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="where the suite was installed")
    parser.add_argument("--write", type=Path, help="a Markdown file whose marked part is replaced")
    parser.add_argument("--failed", action="store_true", help="name the cases that did not pass")
    options = parser.parse_args()
    cases, found = run(options.directory.resolve() / "node_modules" / "http-cache-tests")
    lines, passed = table(cases, found)
    print("\n".join(lines))
    if options.failed:
        by_id = {case["id"]: case for case in cases}
        for case in cases:
            if not case["browser"] and not passes(case, by_id, found):
                print(case["kind"], case["group"], case["id"], found.get(case["id"]))
    if options.write:
        text = options.write.read_text()
        before, _, rest = text.partition(START)
        when = f"{time.strftime('%Y-%m-%d')}, http-cache-tests {version(options.directory)}, four workers."
        options.write.write_text(before + "\n".join([START, when, "", *lines, END]) + rest.partition(END)[2])
    print("pass" if passed else "FAIL")
    return 0 if passed else 1


def version(directory: Path) -> str:
    """The suite's."""
    manifest = directory / "node_modules" / "http-cache-tests" / "package.json"
    return str(json.loads(manifest.read_text())["version"])


if __name__ == "__main__":
    sys.exit(main())
