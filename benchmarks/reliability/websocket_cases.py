"""R-17: the Autobahn cases give the same verdicts through the gateway as without it.

`python -m benchmarks.reliability.websocket_cases` prints the verdicts that differ. The cases run by `kosoku`, which
is installed with the gateways of `make bench`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.peers.peer import ROOT
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.trial import Result

GROUPS = ("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*", "12.*", "13.*")
"""Framing, pings, reserved bits, opcodes, fragments, UTF-8, closing, auto-fragmentation, compression; not 9 (speed)."""

KOSOKU = ROOT / ".venv-bench" / "bin" / "kosoku"

Verdicts = dict[str, tuple[str, str]]


def run(groups: tuple[str, ...] = GROUPS) -> Result:
    """All cases against the echo server itself, and again through a node of two workers."""
    instance = Instance("echo", "websocket_upstream")
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), 2) as node:
        node.instance("echo", instance.port)
        node.route("/*", "/*")
        direct = verdicts(f"ws://127.0.0.1:{instance.port}/", Path(directory) / "direct", groups)
        through = verdicts(f"ws://127.0.0.1:{node.port}/", Path(directory) / "through", groups)
    instance.kill()
    different = [case for case in direct if direct[case] != through.get(case)]
    for case in different:
        print(f"{case}: {direct[case]} without, {through.get(case)} with the gateway")
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(kind for kind, _ in through.values()).most_common())
    seen = f"{len(different)} of {len(direct)} verdicts differ ({kinds})"
    ran = len(direct) == len(through) > 0 and ("ERROR" not in dict(direct.values()))
    passed = ran and not different
    return Result("R-17 WebSocket", "the Autobahn cases directly and through", "no verdict differs", seen, passed)


def verdicts(address: str, directory: Path, groups: tuple[str, ...]) -> Verdicts:
    """Case to verdict and verdict of its end. A server that fails some cases is not our concern here."""
    chosen = [argument for group in groups for argument in ("--include", group)]
    command = [str(KOSOKU), address, *chosen, "--parallelism", "4", "--outdir", str(directory)]
    subprocess.run(command, check=False, capture_output=True, timeout=3600)
    (cases,) = json.loads((directory / "index.json").read_text()).values()
    return {case: (found["behavior"], found["behaviorClose"]) for case, found in cases.items()}


if __name__ == "__main__":
    result = run(tuple(sys.argv[1:]) or GROUPS)
    print(result.seen)
    sys.exit(not result.passed)
