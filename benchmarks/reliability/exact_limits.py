"""R-10: what is one byte too long is refused, and what is as long as it may be costs at most twice the limit in memory.

A node with raised limits is sent bodies, heads, WebSocket messages and batches of one byte less than the limit, of the
limit, and of one byte more. Before each the kernel is told to forget the highest memory of the worker (writing 5 to
`/proc/PID/clear_refs`, proc(5)); afterwards `VmHWM` is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability.node import Instance, Node, resident_mib
from benchmarks.reliability.trial import Result
from benchmarks.reliability.websocket_tunnels import connect

MIB = 2**20
HEAD = MIB // 2
SURPLUS = 10_000
CONTINUE = 100
PIECE = b"x" * 65536
PATIENCE_SECONDS = 60
OTHERWISE_MIB = 2.0
"""What a worker's memory moves by while it does anything at all."""

VALIDATION = {"request_validation": {"body_schema": {"type": "object"}, "max_body_bytes": MIB}}
"""Of the plugin that holds the whole body before it is sent on, at the most it takes."""

Ask = Callable[[int, int, int], Awaitable[int]]
"""Port, limit and length to the status of the answer; of a WebSocket 200 or the code of the Close."""


@dataclass(frozen=True)
class Case:
    """One limit in bytes and one way up to it. `refused` is the answer to one byte more."""

    name: str
    limit: int
    ask: Ask
    refused: int


@dataclass(frozen=True)
class Seen:
    """What one request came to."""

    case: Case
    beyond: int
    status: int
    grown_mib: float

    def __str__(self) -> str:
        return f"{self.case.name} {self.beyond:+d}: {self.status}, +{self.grown_mib:.1f} MiB"

    def is_right(self, otherwise_mib: float = OTHERWISE_MIB) -> bool:
        """At its border, and within twice the limit."""
        wanted = self.case.refused if self.beyond > 0 else 200
        return self.status == wanted and self.grown_mib <= 2 * self.case.limit / MIB + otherwise_mib


def run(body_mib: int = 64, batch_mib: int = 32) -> Result:
    """Every case with every length, one after the other, at one worker."""
    with (
        Instance("one") as instance,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        Node(Path(directory), 1, raised(body_mib, batch_mib)) as node,
    ):
        node.instance("one", instance.port)
        node.instance("echo", echo.port, service_name="echo")
        node.route("/tunnel/*", "/*", service_name="echo", timeout_seconds=PATIENCE_SECONDS)
        arrange(node)
        (pid,) = node.workers()
        seen = asyncio.run(ask_all(node.port, pid, cases(body_mib, batch_mib)))
        same = node.workers() == [pid]
        noise = node.tracebacks()
    wrong = [str(one) for one in seen if not one.is_right()]
    largest = ", ".join(f"{name} +{grown:.1f} of {limit / MIB:g} MiB" for name, limit, grown in peaks(seen))
    text = f"{len(seen) - len(wrong)} of {len(seen)} as they should be {wrong or ''}; {largest}; "
    text += f"{'no process ended' if same else 'A PROCESS ENDED'}; {len(noise)} tracebacks"
    done = f"{len(seen)} × limit − 1, limit, limit + 1 at raised limits, the worker's highest memory (VmHWM) after each"
    must = "taken, taken, refused; no 5xx; at most twice the limit in memory, and 2 MiB"
    return Result("R-10 limits and memory", done, must, text, not wrong and same and not noise)


def arrange(node: Node) -> None:
    """The routes but that of tunnels."""
    node.route("/limits/*", "/*", timeout_seconds=PATIENCE_SECONDS)
    node.route("/judged/*", "/*", timeout_seconds=PATIENCE_SECONDS, plugins=VALIDATION)


def raised(body_mib: int, batch_mib: int) -> dict[str, str]:
    """The environment of the node."""
    return {
        "GATEWAY_MAX_BODY_BYTES": str(body_mib * MIB),
        "GATEWAY_BATCH_MAX_BYTES": str(batch_mib * MIB),
        "GATEWAY_WEBSOCKET_MAX_MESSAGE_BYTES": str(batch_mib * MIB),
        "GATEWAY_MAX_HEADER_BYTES": str(HEAD),
        "GATEWAY_MAX_REQUEST_LINE_BYTES": str(HEAD),
    }


def cases(body_mib: int, batch_mib: int) -> list[Case]:
    """All of them."""
    body, document = body_mib * MIB, batch_mib * MIB
    return [
        Case("body, declared", body, declared_body, 413),
        Case("body, chunked", body, chunked_body, 413),
        Case("body, more than declared", body, lying_body, 413),
        Case("judged body", MIB, judged_body, 413),
        Case("request line", HEAD, request_line, 414),
        Case("one field", HEAD, one_field, 431),
        Case("WebSocket message", document, message, 1009),
        Case("batch", document, batch, 413),
        Case("batch, chunked", document, chunked_batch, 413),
    ]


async def ask_all(port: int, pid: int, every: list[Case]) -> list[Seen]:
    """Each once before it counts, so that what a worker loads at its first use is not taken for the request's."""
    seen: list[Seen] = []
    for case in every:
        await case.ask(port, case.limit, 1000)
        for beyond in (-1, 0, 1):
            with highest(pid) as grown:
                status = await asyncio.wait_for(case.ask(port, case.limit, case.limit + beyond), PATIENCE_SECONDS)
            seen.append(Seen(case, beyond, status, grown[0]))
    return seen


@contextlib.contextmanager
def highest(pid: int) -> Iterator[list[float]]:
    """By how many MiB a process's memory was larger at its highest than at the beginning."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    before, grown = resident_mib(pid), list[float]()
    yield grown
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    grown.append(int(found[1]) / 1024 - before)


def peaks(seen: list[Seen]) -> list[tuple[str, int, float]]:
    """The most of each case."""
    most: dict[str, tuple[int, float]] = {}
    for one in seen:
        limit, grown = most.get(one.case.name, (one.case.limit, 0.0))
        most[one.case.name] = limit, max(grown, one.grown_mib)
    return [(name, *both) for name, both in most.items()]


async def ask(port: int, head: str, body: Iterable[bytes] = ()) -> int:
    """The status of the final answer to one request on a connection of its own; a body waits until it is wanted.

    Otherwise what is refused at once would fill the connection and end in a reset, which may destroy the answer.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    asked = head.encode()
    writer.write(asked)

    async def send() -> None:
        with contextlib.suppress(ConnectionError):
            for piece in body:
                writer.write(piece)
                await writer.drain()

    sending = None
    try:
        if b"\r\nExpect:" in asked:
            first = int((await reader.readuntil(b"\r\n\r\n"))[9:12])
            if first != CONTINUE:
                return first
        sending = asyncio.create_task(send())
        return int((await reader.readuntil(b"\r\n\r\n"))[9:12])
    finally:
        if sending is not None:
            sending.cancel()
        writer.transport.abort()


def pieces(length: int, before: bytes = b"", after: bytes = b"") -> Iterator[bytes]:
    """So many bytes, without having them all at once."""
    yield before
    left = length - len(before) - len(after)
    while left > 0:
        yield PIECE[:left]
        left -= len(PIECE)
    yield after


def in_chunks(body: Iterator[bytes]) -> Iterator[bytes]:
    """As the chunked coding frames it."""
    for piece in body:
        if piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def head(path: str, framing: str, *more: str) -> str:
    """Of a POST."""
    waiting = ("Expect: 100-continue",) if framing.startswith("Content-Length") else ()
    return "\r\n".join((f"POST {path} HTTP/1.1", "Host: trial", framing, *waiting, *more, "", ""))


async def declared_body(port: int, _limit: int, length: int) -> int:
    """With its Content-Length."""
    return await ask(port, head("/limits/up", f"Content-Length: {length}"), pieces(length))


async def chunked_body(port: int, _limit: int, length: int) -> int:
    """Nobody knows how long it will be."""
    return await ask(port, head("/limits/up", "Transfer-Encoding: chunked"), in_chunks(pieces(length)))


async def lying_body(port: int, _limit: int, length: int) -> int:
    """More comes than was declared."""
    return await ask(port, head("/limits/up", f"Content-Length: {length}"), pieces(length + SURPLUS))


async def judged_body(port: int, _limit: int, length: int) -> int:
    """JSON that is held until all of it is there."""
    framing, kind = f"Content-Length: {length}", "Content-Type: application/json"
    return await ask(port, head("/judged/up", framing, kind), pieces(length, b'{"a":"', b'"}'))


async def request_line(port: int, _limit: int, length: int) -> int:
    """With its method and version, without its end."""
    query = "q" * (length - len("GET /limits/x? HTTP/1.1"))
    return await ask(port, f"GET /limits/x?{query} HTTP/1.1\r\nHost: trial\r\n\r\n")


async def one_field(port: int, _limit: int, length: int) -> int:
    """All fields with the ends of their lines."""
    value = "f" * (length - len("Host: trial\r\nF: \r\n"))
    return await ask(port, f"GET /limits/x HTTP/1.1\r\nHost: trial\r\nF: {value}\r\n\r\n")


async def message(port: int, _limit: int, length: int) -> int:
    """In one frame, which comes back."""
    reader, writer = await connect(port, "/tunnel/x")
    writer.write(b"\x82\xff" + length.to_bytes(8) + bytes(4))

    async def send() -> None:
        with contextlib.suppress(ConnectionError):
            for piece in pieces(length):
                writer.write(piece)
                await writer.drain()

    sending = asyncio.create_task(send())
    try:
        first = (await reader.readexactly(2))[0]
        if first == 0x88:
            return int.from_bytes(await reader.readexactly(2))
        await reader.readexactly(8 if length > 65535 else 2)
        for _ in range(length):
            length -= len(await reader.read(65536))
            if length <= 0:
                break
        return 200
    finally:
        sending.cancel()
        writer.transport.abort()


BATCH = b'{"requests":[{"path":"/limits/up","method":"POST","body":"', b'"}]}'


async def batch(port: int, _limit: int, length: int) -> int:
    """One part with a text for a body."""
    framing, kind = f"Content-Length: {length}", "Content-Type: application/json"
    return await ask(port, head("/gateway/batch", framing, kind), pieces(length, *BATCH))


async def chunked_batch(port: int, _limit: int, length: int) -> int:
    """The same in chunks."""
    framing, kind = "Transfer-Encoding: chunked", "Content-Type: application/json"
    return await ask(port, head("/gateway/batch", framing, kind), in_chunks(pieces(length, *BATCH)))
