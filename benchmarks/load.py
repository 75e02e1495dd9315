"""wrk, and what its report says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from benchmarks.machine import BusyCore, is_quiet
from benchmarks.processes import LOAD_CORE, MEASURED_CORE, BenchmarkError, require_tool
from benchmarks.scenarios import Scenario, token

CONNECTIONS = 64
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


def measure(port: int, scenario: Scenario, seconds: int) -> Measurement:
    """Load the gateway for so many seconds.

    Raises `BenchmarkError` when wrk is missing, or any answer was not 2xx, or a connection failed.
    """
    wrk = require_tool("wrk", "install it with `apt-get install wrk`")
    command = ["taskset", "-c", str(LOAD_CORE), wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    if scenario.needs_token:
        command += ["-H", f"Authorization: Bearer {token()}"]
    quiet = is_quiet()
    with BusyCore(MEASURED_CORE) as busy:
        run = subprocess.run(
            [*command, f"http://127.0.0.1:{port}{scenario.path}"], capture_output=True, text=True, check=False
        )
    if run.returncode != 0 or "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise BenchmarkError(f"{scenario.name} on port {port} had failures:\n{run.stdout}{run.stderr}")
    return Measurement(
        requests_per_second=float(_found(r"Requests/sec:\s+([\d.]+)", run.stdout)[0]),
        p50_ms=_milliseconds("50%", run.stdout),
        p99_ms=_milliseconds("99%", run.stdout),
        gateway_core_busy=busy.measured,
        began_quiet=quiet,
    )


def _milliseconds(percentile: str, report: str) -> float:
    number, unit = _found(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", report)
    return float(number) * UNITS[unit]


def _found(pattern: str, report: str) -> tuple[str, ...]:
    match = re.search(pattern, report)
    if match is None:
        raise BenchmarkError(f"wrk's report lacks {pattern}:\n{report}")
    return match.groups()
