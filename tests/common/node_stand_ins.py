"""A node without Django and without the data plane: what is tested is the supervisor, the worker and the channel.

`python -m tests.common.node_stand_ins STATE_DIRECTORY WORKERS` runs the real supervisor with the real worker around
a server that answers `<worker pid> <revision>`, and a control process whose "rows" are the file `rows`.

The file holds a revision number. 13 makes the compilation fail; a worker that finds `crash` beside it dies at once.
"""

from __future__ import annotations

import asyncio
import os
import sys
import types
from pathlib import Path
from typing import Any

from proxy.node import log, supervisor
from proxy.node.plan import ChildPlan, NodePlan
from proxy.options import GatewayOptions
from proxy.snapshot.configuration import Configuration


class Runtime:
    """As `proxy.runtime.GatewayRuntime`."""

    def __init__(self, options: GatewayOptions, control_socket: str | None, *_shared: object) -> None:
        self.options = options
        self.revision = 0
        self.requests = 0
        self.client_connections = lambda: 0
        self.access_log = self  # the worker asks it to `reopen`, and to show its lines

    def reopen(self) -> None: ...

    def line(self, _record: Any) -> bytes:
        return b""

    def apply(self, configuration: Configuration) -> None:
        if configuration.revision == 13:
            raise ValueError("thirteen does not compile")
        self.revision = configuration.revision

    def changed_counters(self) -> dict[str, list[float]]:
        return {"requests": [self.requests]}

    def gauges(self, worker: str) -> dict[str, float]:
        return {}

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class Server:
    """As `proxy.edge.server.EdgeServer`: `GET /slow` makes the file `slow` and takes half a second, others no time."""

    def __init__(self, runtime: Runtime, listeners: Any) -> None:
        self._runtime = runtime
        self._listeners = listeners
        self._servers: list[asyncio.Server] = []
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        for sock, _surface in self._listeners:
            self._servers.append(await asyncio.start_server(self._serve, sock=sock))

    async def drain(self, seconds: float) -> None:
        for server in self._servers:
            server.close()
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    def close(self) -> None: ...

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._running.add(task)
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/slow" in head:
            Path("slow").touch()
            await asyncio.sleep(0.5)
        self._runtime.requests += 1
        body = b"%d %d" % (os.getpid(), self._runtime.revision)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()
        self._running.discard(task)


def run_worker() -> int:
    """The real worker over the stand-in runtime and server."""
    if Path("crash").exists():
        return 3
    sys.modules["proxy.runtime"] = _module("proxy.runtime", GatewayRuntime=Runtime)
    sys.modules["proxy.edge.server"] = _module("proxy.edge.server", EdgeServer=Server, Listener=lambda *pair: pair)
    from proxy.node.worker import main

    return main()


def run_control() -> int:
    """A control process that publishes what the file `rows` says, and writes what it hears to `heard`."""
    plan = ChildPlan.from_environment()
    log.configure(plan.name)
    return asyncio.run(_control(plan))


async def _control(plan: ChildPlan) -> int:
    import socket

    from proxy.node.channel import Channel
    from proxy.node.messages import AskFigures, Drain, Published, Reload
    from proxy.snapshot.publication import Publication
    from proxy.snapshot.watch import RevisionWatch

    loop = asyncio.get_running_loop()
    channel = await Channel.open(socket.socket(fileno=plan.channel))
    publication = Publication(plan.snapshot)
    rows = Path("rows")

    def deliver(configuration: Configuration) -> None:
        header = publication.publish(configuration)
        loop.call_soon_threadsafe(channel.send, Published(header.revision, header.sha256))

    def current() -> int:
        return int(rows.read_text())

    watch = RevisionWatch(
        current=current, load=lambda: Configuration(revision=current()), deliver=deliver, poll_seconds=0.02
    )
    watch.start()
    with Path("heard").open("a", buffering=1) as heard:
        while (message := await channel.receive()) is not None:
            heard.write(f"{message}\n")
            if isinstance(message, Reload):
                watch.reload()
                channel.send(AskFigures(1))
            if isinstance(message, Drain):
                return 0
    os._exit(1)


def _module(name: str, **content: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(content)
    return module


def main(state_directory: str, workers: str, drain_seconds: str = "1.5") -> int:
    """The supervisor."""
    log.configure("gateway")
    plan = NodePlan(
        binds=("127.0.0.1:0",),
        workers=int(workers),
        state_directory=Path(state_directory),
        options=GatewayOptions(drain_seconds=float(drain_seconds)),
    )
    this = "tests.common.node_stand_ins"
    modules = supervisor.Modules(control=f"{this}_control", worker=f"{this}_worker")
    return supervisor.run(plan, modules)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
