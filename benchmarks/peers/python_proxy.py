"""The proxy most people write first: an ASGI function under uvicorn that forwards with httpx."""

from __future__ import annotations

import os
import sys
from importlib import metadata

from benchmarks.peers.peer import ROOT, Peer
from benchmarks.processes import MEASURED_CORE, PinnedProcess
from benchmarks.tokens import public_key_pem


class PythonProxy(Peer):
    """One uvicorn process with uvloop and httptools."""

    name = "uvicorn + httpx"
    serves = frozenset({"plain", "whole", "rs256"})

    def start(self) -> PinnedProcess:
        env = os.environ | {
            "PYTHONPATH": str(ROOT),
            "BENCH_UPSTREAM_PORTS": ",".join(map(str, self.job.upstream_ports)),
            "BENCH_PUBLIC_KEY": public_key_pem(),
        }
        command = [sys.executable, "-m", "uvicorn", "benchmarks.peers.python_proxy_app:application"]
        options = ["--port", str(self.port), "--no-access-log", "--log-level", "warning", "--lifespan", "off"]
        return PinnedProcess([*command, *options], core=MEASURED_CORE, directory=self.directory, env=env)

    @staticmethod
    def version() -> str:
        return f"uvicorn {metadata.version('uvicorn')} + httpx {metadata.version('httpx')}"
