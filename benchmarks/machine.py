"""Facts about the machine: what it is, and how busy its cores were."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from benchmarks.processes import LOAD_CORE, MEASURED_CORE, BenchmarkError

QUIET_SAMPLE_SECONDS = 0.25
QUIET_SHARE = 0.10
"""While nothing is measured, a quiet machine is busy less than this share of either core."""


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


class BusyCore:
    """Measures, from entry to exit, the share of time a core was not idle."""

    measured = 0.0

    def __init__(self, core: int) -> None:
        self._core = core

    def __enter__(self) -> BusyCore:
        self._before = _core_times(self._core)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        idle, total = (after - before for after, before in zip(_core_times(self._core), self._before, strict=True))
        self.measured = 1 - idle / total if total else 0.0


def is_quiet() -> bool:
    """Whether nothing else uses the two cores just now; takes `QUIET_SAMPLE_SECONDS`."""
    with BusyCore(MEASURED_CORE) as first, BusyCore(LOAD_CORE) as second:
        time.sleep(QUIET_SAMPLE_SECONDS)
    return max(first.measured, second.measured) < QUIET_SHARE


def memory_of(processes: Iterable[int]) -> float:
    """Proportional set size of these processes in MiB; one that has ended meanwhile counts nothing."""
    kib = 0
    for process in processes:
        with contextlib.suppress(OSError):
            kib += pss_kib(Path(f"/proc/{process}/smaps_rollup").read_text())
    return kib / 1024


def pss_kib(rollup: str) -> int:
    """The `Pss` of a process in KiB (proc(5), smaps_rollup)."""
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def _core_times(core: int) -> tuple[int, int]:
    """Idle and total clock ticks of a core since boot (proc(5): user nice system idle iowait irq softirq steal …)."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            ticks = [int(field) for field in line.split()[1:9]]
            return ticks[3] + ticks[4], sum(ticks)
    raise BenchmarkError(f"/proc/stat knows no core {core}")
