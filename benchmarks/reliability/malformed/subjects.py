"""The gateways under trial: each forwards every path of every host to the recorder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.peer import Job, Peer
from benchmarks.peers.plain import PLAIN_PEERS
from benchmarks.reliability.node import Node, resident_mib


@dataclass(frozen=True, slots=True)
class Subject:
    """A running gateway: its name with version, its port, the processes that carry traffic."""

    name: str
    port: int
    processes: tuple[int, ...]

    def resident(self) -> float:
        """MiB of all its processes together."""
        return sum(resident_mib(pid) for pid in self.processes if Path(f"/proc/{pid}").exists())

    def is_whole(self) -> bool:
        """Whether no process has ended."""
        return all(Path(f"/proc/{pid}").exists() for pid in self.processes)


@contextmanager
def this_gateway(upstream: int) -> Iterator[Subject]:
    """A node of two workers."""
    environment = {"GATEWAY_HEADER_TIMEOUT_SECONDS": "5"}
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), 2, environment) as node:
        node.instance("recorder", upstream)
        node.route("/*", "/*", circuit_breaker_enabled=False, retry_count=0)
        yield Subject("this gateway", node.port, tuple(node.workers()))


@contextmanager
def peer(kind: type[Peer], upstream: int) -> Iterator[Subject]:
    """Another product."""
    with tempfile.TemporaryDirectory() as directory:
        running = kind(Job(Path(directory), [upstream], limits=False))
        try:
            yield Subject(kind.version(), running.port, tuple(running.processes()))
        finally:
            running.stop()


PEERS = {kind.name: kind for kind in PLAIN_PEERS}
