"""What the harness needs of a gateway."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.processes import BenchmarkError, PinnedProcess, free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Job:
    """What a run asks of every gateway."""

    directory: Path
    upstream_ports: Sequence[int]
    limits: bool
    """Whether a limit per user, too high to be reached, is part of the whole job."""


class Peer(ABC):
    """A gateway in a directory of its own, on a free port, pinned to the measured core."""

    name: ClassVar[str]
    serves: ClassVar[frozenset[str]] = frozenset({"plain", "whole", "rs256", "cached"})
    """The routes it can be given, by the first segment of their paths."""
    upstreams: ClassVar[tuple[str, ...]] = ("a", "b")
    """Which of the pair its answers come from."""
    ready_seconds: ClassVar[float] = 30
    """How long it may take from its start to its first right answer."""

    def __init__(self, job: Job) -> None:
        self.port = free_port()
        self.job = job
        self.directory = job.directory / self.name.replace(" ", "-").replace(",", "")
        self.directory.mkdir()
        self._process = self.start()
        try:
            self._process.wait_ready(self.port, self.ready_seconds)
        except BenchmarkError:
            self._process.stop()
            raise

    @abstractmethod
    def start(self) -> PinnedProcess:
        """Write the configuration and start; the base class waits until the port answers."""

    @staticmethod
    @abstractmethod
    def version() -> str:
        """Product and version, as the report names it."""

    def output(self) -> str:
        """The last lines it wrote, for error messages."""
        return self._process.output()

    @property
    def began(self) -> float:
        """When it was started, with everything configured, on the monotonic clock."""
        return self._process.began

    def processes(self) -> list[int]:
        """Process ids of everything it runs now."""
        return self._process.members()

    def stop(self) -> None:
        self._process.stop()


def bench_environment() -> Path:
    """The site-packages of `.venv-bench`, where Envoy and nginx are."""
    found = sorted(ROOT.glob(".venv-bench/lib/python*/site-packages"))
    if not found:
        raise BenchmarkError(f".venv-bench is missing: run `make bench`, or {sys.executable} -m venv .venv-bench")
    return found[-1]


def bench_program(name: str) -> str:
    """The path of a program that a wheel put into `.venv-bench/bin`."""
    program = ROOT / ".venv-bench" / "bin" / name
    if not program.exists():
        raise BenchmarkError(f"{program} is missing: run `make bench`")
    return str(program)
