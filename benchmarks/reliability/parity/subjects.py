"""The gateways of R-25, each in front of the same upstreams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gateway_project
from benchmarks.peers.peer import Job, Peer
from benchmarks.reliability import hostile_upstreams, path_confusion, upstream_deaths
from benchmarks.reliability.node import Node
from benchmarks.reliability.parity.caddy import ParityCaddy
from benchmarks.reliability.parity.envoy import ParityEnvoy
from benchmarks.reliability.parity.nginx import ParityNginx
from benchmarks.reliability.parity.traefik import ParityTraefik

PEERS: tuple[type[Peer], ...] = (ParityEnvoy, ParityNginx, ParityCaddy, ParityTraefik)
OURS = "this gateway"
NAMES = (OURS, *(kind.name for kind in PEERS))

QUICK_TO_GIVE_UP = (
    "from services.models import Service\n"
    "row = Service.objects.get(name='trial')\n"
    "row.eject_after, row.eject_seconds, row.max_ejected_percent = 1, 2.0, 67\n"
    "row.health_unhealthy_after = 1\n"
    "row.save()\n"
)
"""One failure is enough, as it is for the others."""


@dataclass(frozen=True)
class Upstreams:
    """What stands behind: a recorder of paths, a hostile one, three that come and go."""

    recorder: int
    hostile: int
    three: Sequence[upstream_deaths.Faulty]


@contextmanager
def subject(name: str, directory: Path, upstreams: Upstreams) -> Iterator[tuple[str, int]]:
    """The gateway's name with its version, and its port."""
    if name == OURS:
        with Node(directory, 1, {"GATEWAY_MIN_HEALTH_INTERVAL": str(upstream_deaths.CHECK_SECONDS)}) as node:
            path_confusion.arrange(node, upstreams.recorder)
            hostile_upstreams.arrange(node, upstreams.hostile)
            upstream_deaths.arrange(node, list(upstreams.three))
            node.manage("shell", "-c", QUICK_TO_GIVE_UP)
            yield f"{OURS} {gateway_project.__version__}", node.port
        return
    kind = next(kind for kind in PEERS if kind.name == name)
    ports = [upstreams.recorder, upstreams.hostile, *(one.port for one in upstreams.three)]
    running = kind(Job(directory, ports, limits=False))
    try:
        yield kind.version(), running.port
    finally:
        running.stop()
