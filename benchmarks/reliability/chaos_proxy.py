"""A TCP proxy that spoils what it carries, in the ways networks do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Literal, get_args

Toxic = Literal["well", "latency", "bandwidth", "slice", "reset", "half_close", "black_hole"]
TOXICS: tuple[Toxic, ...] = get_args(Toxic)[1:]

LATENCY_SECONDS = 0.2
BYTES_A_SECOND = 20_000
SLICE_BYTES = 7
BLOCK = 65536
_NO_LINGER = struct.pack("ii", 1, 0)


class ChaosProxy:
    """Between a gateway and an instance on loopback. `toxic` may be changed at any time and holds for all connections.

    latency: each piece is late; bandwidth: answers dribble; slice: answers come in pieces of a few bytes; reset: the
    connection is reset; half_close: the instance's side ends before the answer; black_hole: nothing comes back.
    """

    def __init__(self, target_port: int) -> None:
        self.toxic: Toxic = "well"
        self.port = 0
        self._target = target_port
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> ChaosProxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):  # cancelled when the proxy ends
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
            ways = [
                asyncio.create_task(self._carry(reader, up_writer, writer, is_answer=False)),
                asyncio.create_task(self._carry(up_reader, writer, writer, is_answer=True)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                up_writer.close()
        writer.close()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gateway: asyncio.StreamWriter,
        *,
        is_answer: bool,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(BLOCK):
                match self.toxic:
                    case "latency":
                        await asyncio.sleep(LATENCY_SECONDS)
                    case "reset":
                        sock = gateway.get_extra_info("socket")
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                        gateway.transport.abort()
                        return
                    case "half_close" if is_answer:
                        return
                    case "black_hole":
                        await asyncio.sleep(3600)
                    case "bandwidth" | "slice" if is_answer:
                        await self._dribble(writer, data)
                        continue
                writer.write(data)
                await writer.drain()

    async def _dribble(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        size = SLICE_BYTES if self.toxic == "slice" else BYTES_A_SECOND // 20
        pause = 0.001 if self.toxic == "slice" else 0.05
        for start in range(0, len(data), size):
            writer.write(data[start : start + size])
            await writer.drain()
            await asyncio.sleep(pause)
