"""Facts about the machine: what it is, and how busy its cores were."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from types import TracebackType

from benchmarks.processes import MEASURED_CORE, BenchmarkError


def require_two_cores() -> None:
    """Raise `BenchmarkError` where the gateway and the load cannot have a core each."""
    if len(os.sched_getaffinity(0)) < 2:
        raise BenchmarkError("two cores are needed: one for the gateway, one for the load and the upstreams")


def describe_machine() -> str:
    """Processor, cores, kernel and Python in one line."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    virtual = " (virtual)" if "hypervisor" in Path("/proc/cpuinfo").read_text() else ""
    kernel = f"{platform.system()} {platform.release()}"
    return f"{model}{virtual}, {os.cpu_count()} cores, {kernel}, Python {platform.python_version()}"


class BusyCores:
    """Measures, from entry to exit, the share of time the measured core was not idle."""

    measured = 0.0

    def __enter__(self) -> BusyCores:
        self._before = _core_times(MEASURED_CORE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        idle, total = (after - before for after, before in zip(_core_times(MEASURED_CORE), self._before, strict=True))
        self.measured = 1 - idle / total if total else 0.0


def _core_times(core: int) -> tuple[int, int]:
    """Idle and total clock ticks of a core since boot (proc(5): user nice system idle iowait irq softirq steal …)."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            ticks = [int(field) for field in line.split()[1:9]]
            return ticks[3] + ticks[4], sum(ticks)
    raise BenchmarkError(f"/proc/stat knows no core {core}")
