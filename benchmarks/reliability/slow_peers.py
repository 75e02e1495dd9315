"""R-08: ten peers that take 5 MB/s each, of downloads and of uploads, make the other side wait."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.reliability.large_bodies import Peak
from benchmarks.reliability.node import Node, resident_mib
from benchmarks.reliability.trial import Result

PEERS = 10
BYTES_A_SECOND = 5_000_000
PIECE = 50_000
SMALL_BUFFER = 65_536
"""Of the trial's own sockets, so that what is ahead is in the gateway and in its sockets."""
ENDLESS = 2**40
MOST_MIB = 64
MOST_AHEAD_MIB = 2.0
STREAMS = 50
MOST_LATE_MS = 50.0


class SlowUpstream:
    """Sends `/down/N` as fast as it is taken, takes `/up/N` slowly, and says `now` in the first event of `/events`."""

    def __init__(self) -> None:
        self.sent: defaultdict[str, int] = defaultdict(int)
        self.taken: defaultdict[str, int] = defaultdict(int)
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> int:
        """The port."""
        self._sock = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        self._sock.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())
        return int(self._sock.getsockname()[1])

    async def close(self) -> None:
        """Ends every connection."""
        for task in (self._accepting, *self._tasks):
            task.cancel()
        await asyncio.gather(self._accepting, *self._tasks, return_exceptions=True)
        self._sock.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(self._sock)
            task = asyncio.create_task(self._serve(loop, sock))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        sock.setblocking(False)
        with sock:
            try:
                head = await loop.sock_recv(sock, 65536)
                path = head.split(b" ")[1].decode()
                if path.startswith("/events"):
                    await self._events(loop, sock)
                elif path.startswith("/up/"):
                    self.taken[path] += len(head.partition(b"\r\n\r\n")[2])
                    await slowly(loop, sock, self.taken, path)
                else:
                    await as_fast_as_taken(
                        loop, sock, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % ENDLESS, self.sent, path
                    )
            except OSError:
                pass

    @staticmethod
    async def _events(loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        await loop.sock_sendall(sock, head)
        await asyncio.sleep(0.1)
        event = b"data: %.6f\n\n" % time.monotonic()
        await loop.sock_sendall(sock, b"%x\r\n%b\r\n" % (len(event), event))
        await loop.sock_recv(sock, 1)


async def slowly(loop: asyncio.AbstractEventLoop, sock: socket.socket, counts: dict[str, int], key: str) -> None:
    """Takes 5 MB/s until the other side ends."""
    due = time.monotonic()
    while data := await loop.sock_recv(sock, PIECE):
        counts[key] += len(data)
        due = max(due + len(data) / BYTES_A_SECOND, time.monotonic() - 0.1)
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def as_fast_as_taken(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, head: bytes, counts: dict[str, int], key: str
) -> None:
    """Sends without end and counts what the socket took."""
    await loop.sock_sendall(sock, head)
    piece = bytes(SMALL_BUFFER)
    while True:
        await loop.sock_sendall(sock, piece)
        counts[key] += len(piece)


def run(seconds: float = 60.0) -> Result:
    """Ten downloads and then ten uploads, each for `seconds`, through one worker; then events."""
    with tempfile.TemporaryDirectory() as name, Node(Path(name), 1) as node:
        (pid,) = node.workers()
        rise, down, up, late = asyncio.run(slow_peers(node, pid, seconds))
        same = node.workers() == [pid]
    seen = (
        f"worker +{rise:.0f} MiB; the upstream at most {down[0]:.1f} MiB ahead of a reader at {down[1]:.1f} MB/s, "
        f"clients {up[0]:.1f} MiB ahead of an upstream at {up[1]:.1f} MB/s; first events of {STREAMS} streams "
        f"{late[STREAMS // 2]:.1f} ms late (median), {late[int(STREAMS * 0.95)]:.1f} ms (95 %)"
    )
    passed = rise <= MOST_MIB and down[0] <= MOST_AHEAD_MIB and same and min(down[1], up[1]) > 0
    passed = passed and late[int(STREAMS * 0.95)] <= MOST_LATE_MS
    done = f"{PEERS} peers at {BYTES_A_SECOND // 10**6} MB/s, {seconds:.0f} s down and {seconds:.0f} s up"
    must = f"less than {MOST_MIB} MiB more, upstreams at most {MOST_AHEAD_MIB:.0f} MiB ahead, "
    must += f"events within {MOST_LATE_MS:.0f} ms"
    return Result("R-08 slow peers", done, must, seen, passed)


Ahead = tuple[float, float]
"""MiB that the sender was ahead at most, and MB/s that a peer took."""


async def slow_peers(node: Node, pid: int, seconds: float) -> tuple[float, Ahead, Ahead, list[float]]:
    """The rise of the worker's memory in MiB, how far senders were ahead, and how late first events came (ms)."""
    upstream = SlowUpstream()
    port = await upstream.listen()
    await asyncio.to_thread(node.instance, "slow", port)
    await asyncio.to_thread(node.route, "/down/*", "/down/*", timeout_seconds=300)
    await asyncio.to_thread(node.route, "/up/*", "/up/*", timeout_seconds=300)
    await asyncio.to_thread(node.route, "/events/*", "/events")
    start, peak = resident_mib(pid), Peak(pid)
    sent: defaultdict[str, int] = defaultdict(int)
    taken: defaultdict[str, int] = defaultdict(int)
    with peak:
        down = await watched(node.port, "GET", upstream.sent, taken, seconds)
        up = await watched(node.port, "POST", sent, upstream.taken, seconds)
    late = sorted(await asyncio.gather(*[first_event(node.port, 0.02 * number) for number in range(STREAMS)]))
    await upstream.close()
    return peak.mib - start, down, up, late


async def watched(port: int, method: str, sent: dict[str, int], taken: dict[str, int], seconds: float) -> Ahead:
    """Ten at once in one direction."""
    clients = [asyncio.create_task(client(port, method, number, sent, taken)) for number in range(PEERS)]
    ends, ahead = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        await asyncio.sleep(0.02)
        ahead = max([ahead, *(sent[key] - taken[key] for key in list(sent))])
    for one in clients:
        one.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    return ahead / 2**20, sum(taken.values()) / PEERS / seconds / 1e6


async def client(port: int, method: str, number: int, sent: dict[str, int], taken: dict[str, int]) -> None:
    """Reads slowly, or sends as fast as it can."""
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", port))
        path = f"/{'down' if method == 'GET' else 'up'}/{number}"
        head = f"{method} {path} HTTP/1.1\r\nHost: trial\r\n"
        if method == "POST":
            await as_fast_as_taken(loop, sock, f"{head}Content-Length: {ENDLESS}\r\n\r\n".encode(), sent, path)
        await loop.sock_sendall(sock, f"{head}\r\n".encode())
        await slowly(loop, sock, taken, path)


async def first_event(port: int, wait: float) -> float:
    """Milliseconds between the upstream's sending the first event and its coming."""
    await asyncio.sleep(wait)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /events/x HTTP/1.1\r\nHost: trial\r\n\r\n")
    line = await reader.readuntil(b"\n\n")
    late = time.monotonic() - float(line.rpartition(b"data: ")[2])
    writer.close()
    return 1000 * late
