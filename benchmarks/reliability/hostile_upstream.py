"""R-05: an upstream that plays the case its path names, and records what its connections were used for."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.reliability.hostile_answers import CASES, ENDLESS, RESET, Case, Step

WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"
LINGER_NONE = struct.pack("ii", 1, 0)


class HostileUpstream:
    """`/CASE/kept/N` and `/CASE/closed/N` are answered badly, anything else with `well`.

    `used_again` names the cases whose connection carried another request although it may not; `open_connections` are
    those whose other side has not gone.
    """

    def __init__(self) -> None:
        self.port = 0
        self.used_again: set[str] = set()
        self.open_connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listens on a free port of loopback."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=2**20, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Breaks every connection."""
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open_connections += 1
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError, OSError):
            pass
        finally:
            self.open_connections -= 1
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        spoilt = ""
        while True:
            target = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode("latin-1")
            if spoilt:
                self.used_again.add(spoilt)
            name, manner = target.split("/")[-3:-1] if target.count("/") >= 3 else ("", "")
            case = CASES.get(name)
            if case is None:
                writer.write(WELL)
                continue
            await self._play(case, writer, closes=manner == "closed")
            if manner == "closed":
                writer.write_eof()
            if not case.reusable:
                spoilt = f"{name}/{manner}"

    async def _play(self, case: Case, writer: asyncio.StreamWriter, *, closes: bool) -> None:
        said = b"Connection: close\r\n" if closes else b"Connection: keep-alive\r\n"
        last: Step = b""
        for step in case.steps:
            if step == RESET:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
                writer.transport.abort()
                raise ConnectionError
            if isinstance(step, float):
                await asyncio.sleep(step)
            while step == ENDLESS:
                await self._send(writer, last)
            await self._send(writer, step.replace(b"@", said, 1) if isinstance(step, bytes) else b"")
            last = step

    @staticmethod
    async def _send(writer: asyncio.StreamWriter, data: Step) -> None:
        """Waits until the socket takes it."""
        if writer.is_closing():
            raise ConnectionError
        assert isinstance(data, bytes)
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def hostile_upstream() -> AsyncIterator[HostileUpstream]:
    """A running one."""
    upstream = HostileUpstream()
    await upstream.start()
    try:
        yield upstream
    finally:
        await upstream.stop()
