"""Steady traffic of every sort, and everything that went wrong with it.

200 requests a second by default, three quarters GETs and a quarter POSTs of 64 KiB, beside them 20 WebSockets that
send a message twice a second and 5 streams of events, on routes that nobody changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.websocket_tunnels import Peer, connect

BODY = bytes(range(256)) * 256
DIGEST = hashlib.sha256(BODY).hexdigest().encode()
CONNECTIONS = 40
EVENTS = 30
"""Of one stream, ten a second."""
PATIENCE_SECONDS = 15.0


@dataclass
class Seen:
    """What the clients saw."""

    answers: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: list[tuple[float, float]] = field(default_factory=list)
    """When each request was asked (monotonic) and how long its answer took."""
    tunnels: Counter[str] = field(default_factory=Counter)
    """`messages`, `going away` (Close 1001), and how else a tunnel ended."""
    streams: Counter[str] = field(default_factory=Counter)
    """`whole` or how a stream of events broke off."""

    def failed(self, what: str) -> None:
        """Notes it with its time."""
        self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")

    def p99_ms(self, since: float = 0.0, until: float = float("inf")) -> float:
        """Of the requests asked then."""
        times = sorted(took for asked, took in self.seconds if since <= asked < until)
        return times[int(len(times) * 0.99)] * 1000 if times else 0.0


def arrange(node: Node, plain: Instance, echo: Instance) -> None:
    """The routes this traffic uses; `echo` runs `websocket_frames_upstream`."""
    node.instance("plain", plain.port)
    node.instance("echo", echo.port, service_name="echo")
    node.route("/steady/*", "/*")
    node.route("/tunnel/*", "/*", service_name="echo", timeout_seconds=300)


class MixedLoad:
    """Runs in the background of `async with`; `seen` grows."""

    def __init__(self, port: int, rate: int = 200, tunnels: int = 20, streams: int = 5) -> None:
        self.seen = Seen()
        self._port = port
        self._rate = rate
        self._counts = (tunnels, streams)
        self._over = asyncio.Event()
        self._numbers = itertools.count()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Seen:
        tunnels, streams = self._counts
        jobs = [self._client(number) for number in range(CONNECTIONS)]
        jobs += [self._tunnel() for _ in range(tunnels)] + [self._stream() for _ in range(streams)]
        self._tasks = [asyncio.create_task(job) for job in jobs]
        return self.seen

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await asyncio.gather(*self._tasks)

    async def _client(self, number: int) -> None:
        """One kept-alive connection at an even pace; reconnects only after it was told to."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        due = time.monotonic() + number / self._rate
        while not self._over.is_set():
            due = max(due + CONNECTIONS / self._rate, time.monotonic() - 1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            is_post = next(self._numbers) % 4 == 0
            asked = time.monotonic()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    kept = await self._ask(reader, writer, is_post)
            except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
                self.seen.failed(f"{'POST' if is_post else 'GET'}: {error!r}")
                kept = False
            self.seen.seconds.append((asked, time.monotonic() - asked))
            if not kept:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_post: bool) -> bool:
        if is_post:
            writer.write(b"POST /steady/up HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
        else:
            writer.write(b"GET /steady/name HTTP/1.1\r\nHost: t\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        self.seen.answers += 1
        if head[9:12] != b"200" or body != (DIGEST if is_post else b"plain"):
            self.seen.failed(f"{head[9:12]!r} {body[:200]!r}")
        return b"\r\nconnection: close" not in head

    async def _tunnel(self) -> None:
        """One WebSocket after another, each for as long as it is left alone."""
        while not self._over.is_set():
            peer = None
            try:
                peer = await connect(self._port, "/tunnel/x")
                self.seen.tunnels[await self._converse(peer)] += 1
            except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, RuntimeError) as error:
                self.seen.tunnels[repr(error)[:80]] += 1
            if peer:
                peer[1].close()

    async def _converse(self, peer: Peer) -> str:
        reader, writer = peer
        while not self._over.is_set():
            writer.write(b"\x82\x85\x00\x00\x00\x00hello")
            first, length = await asyncio.wait_for(reader.readexactly(2), PATIENCE_SECONDS)
            payload = await reader.readexactly(length)
            if first == 0x88:
                code = int.from_bytes(payload[:2])
                return "going away" if code == 1001 else f"closed with {code}"
            if payload != b"hello":
                return f"wrong echo {payload!r}"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 0.5)
        return "left open"

    async def _stream(self) -> None:
        while not self._over.is_set():
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(b"GET /steady/events/%d HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" % EVENTS)
            try:
                data = await asyncio.wait_for(reader.read(), EVENTS)
                whole = data.startswith(b"HTTP/1.1 200") and data.endswith(b"0\r\n\r\n")
                self.seen.streams["whole" if whole else f"cut after {data.count(b'data: ')} events"] += 1
            except (ConnectionError, TimeoutError) as error:
                self.seen.streams[repr(error)[:80]] += 1
            writer.close()
