"""wrk, and what its report says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.answers import credentials
from benchmarks.machine import BusyCore, is_quiet, memory_of
from benchmarks.peers.peer import Peer
from benchmarks.processes import LOAD_CORE, MEASURED_CORE, BenchmarkError, require_tool
from benchmarks.sampling import Sampler
from benchmarks.scenarios import Scenario

SCRIPTS = Path(__file__).parent
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One round of one scenario against one gateway."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    gateway_core_busy: float
    """Share of the measured core that was not idle, 0..1; well below 1 means the load was the limit."""
    began_quiet: bool = True
    """Whether nothing else used the machine just before."""
    memory_mib: float = 0.0
    """The gateway's processes together just after the load, shared pages divided among those that share them (PSS)."""


def measure(peer: Peer, scenario: Scenario, seconds: int, connections: int) -> Measurement:
    """Load the gateway for so many seconds, over so many connections unless the scenario has a number of its own.

    Raises `BenchmarkError` when wrk is missing, any answer was not 2xx, a sampled one was wrong or a connection failed.
    """
    command = wrk_command(peer.port, scenario, seconds, connections)
    quiet = is_quiet()
    with BusyCore(MEASURED_CORE) as busy, Sampler(peer.port, scenario) as sampled:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    failed = run.returncode != 0 or "Non-2xx" in run.stdout or "Socket errors" in run.stdout
    if failed or sampled.faults:
        told = "\n".join([run.stdout, run.stderr, *sampled.faults[:3]])
        raise BenchmarkError(f"{peer.name}: {scenario.name} had failures:\n{told}\n{peer.output()}")
    return Measurement(
        requests_per_second=float(_found(r"Requests/sec:\s+([\d.]+)", run.stdout)[0]),
        p50_ms=_milliseconds("50%", run.stdout),
        p99_ms=_milliseconds("99%", run.stdout),
        gateway_core_busy=busy.measured,
        began_quiet=quiet,
        memory_mib=memory_of(peer.processes()),
    )


def wrk_command(port: int, scenario: Scenario, seconds: int, connections: int) -> list[str]:
    """Wrk on the load's core, one thread; an answer may take ten seconds."""
    wrk = require_tool("wrk", "install it with `apt-get install wrk`")
    many = f"-c{scenario.connections or connections}"
    command = ["taskset", "-c", str(LOAD_CORE), wrk, "-t1", many, f"-d{seconds}s", "--timeout", "10s", "--latency"]
    headers = credentials(scenario) | ({} if scenario.keep_alive else {"Connection": "close"})
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    if scenario.script:
        command += ["-s", str(SCRIPTS / scenario.script)]
    command.append(f"http://127.0.0.1:{port}{scenario.path}")
    return [*command, "--", str(scenario.upload_bytes)] if scenario.upload_bytes else command


def _milliseconds(percentile: str, report: str) -> float:
    number, unit = _found(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", report)
    return float(number) * UNITS[unit]


def _found(pattern: str, report: str) -> tuple[str, ...]:
    match = re.search(pattern, report)
    if match is None:
        raise BenchmarkError(f"wrk's report lacks {pattern}:\n{report}")
    return match.groups()
