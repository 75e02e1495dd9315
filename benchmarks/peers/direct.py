"""No gateway: the load asks an upstream itself, which shows the most that the load and the upstreams can do."""

from __future__ import annotations

from benchmarks.peers.nginx import Nginx
from benchmarks.peers.peer import Peer
from benchmarks.processes import PinnedProcess
from benchmarks.upstreams import Upstreams


class Direct(Peer):
    """An upstream as every gateway has it, on the load's core; the measured core has nothing to do."""

    name = "no gateway"
    serves = frozenset({"plain"})
    upstreams = ("a",)

    def start(self) -> PinnedProcess:
        pair = Upstreams(self.directory)
        self.port = pair.ports[0]
        return pair.process

    @staticmethod
    def version() -> str:
        return Nginx.version()
