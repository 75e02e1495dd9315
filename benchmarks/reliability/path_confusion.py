"""R-04: traversal strings at a gateway whose public routes lie beside protected ones, of three shapes.

What it forwards without a token is recorded and then shown to a real nginx and a real Caddy: none of it may be the
protected resource to them. In full length, canonical forms of a million random paths are canonical themselves.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability.node import Node
from benchmarks.reliability.path_readers import BELOW, PAGE, path_readers, readings
from benchmarks.reliability.traversal_strings import BEGINNINGS, DOTS, ENDS, SEPARATORS, traversal_strings
from benchmarks.reliability.trial import Result
from benchmarks.reliability.whole_answer import read_answer
from routing.path import PathError, canonicalise

HOSTS = ("prefix.test", "exact.test", "regex.test")
AT_ONCE = 24


@dataclass
class Confusion:
    """What one gateway let through, by host, and what it answered."""

    forwarded: dict[str, set[bytes]] = field(default_factory=lambda: {host: set() for host in HOSTS})
    statuses: Counter[int] = field(default_factory=Counter)
    reached: list[str] = field(default_factory=list)
    """`host reader target` of every protected resource that was to be had."""


class Recorder:
    """An upstream that keeps the targets it is asked for, by the host in the request."""

    def __init__(self, found: Confusion) -> None:
        self._found = found

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                host = next(name for name in HOSTS if name.encode() in head)
                self._found.forwarded[host].add(head.split(b" ")[1])
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nopen")
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ConnectionError,
            StopIteration,
            IndexError,
            asyncio.CancelledError,
        ):
            writer.close()


def run(count: int = 23_000, examples: int = 1_000_000) -> Result:
    """This gateway by `count` strings at each shape, and its canonicaliser by `examples`."""
    with tempfile.TemporaryDirectory() as name, Node(Path(name), 1) as node:
        found = asyncio.run(confuse(Path(name), node, count))
        same = node.workers()
    unstable = unstable_forms(examples, seed=4)
    seen = f"{sum(found.statuses.values())} requests: {told(found)}; "
    seen += f"{unstable} of {examples} canonical forms have another"
    passed = not found.reached and not unstable and found.statuses[401] > 0 and 200 in found.statuses and bool(same)
    done = f"{count} strings × 3 shapes of route, what is forwarded read by nginx and Caddy"
    return Result("R-04 path confusion", done, "nothing protected without a token", seen, passed)


def told(found: Confusion) -> str:
    """The figures of one gateway."""
    statuses = " ".join(f"{status}×{count}" for status, count in sorted(found.statuses.items()))
    forwarded = sum(map(len, found.forwarded.values()))
    examples = f" ({'; '.join(found.reached[:3])})" if found.reached else ""
    return f"{len(found.reached)} protected hits{examples}, {forwarded} targets forwarded, {statuses}"


async def confuse(directory: Path, node: Node, count: int) -> Confusion:
    """The routes, the strings, the readings."""
    found = Confusion()
    server = await asyncio.start_server(Recorder(found).serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.to_thread(arrange, node, port)
    await attack(node.port, found, count)
    server.close()
    await read_all(directory, found)
    return found


def arrange(node: Node, port: int) -> None:
    """A public route beside a protected one for every shape."""
    node.instance("recorder", port, service_name="recorder")
    prefix, exact, regex = ({"hosts": [host], "preserve_host": True, "service_name": "recorder"} for host in HOSTS)
    node.route("/public/*", "/open", strip_path=True, **prefix)
    node.route("/private/*", "/private/*", requires_auth=True, **prefix)
    node.route("/*", "/*", **exact)
    node.route("/private/secret", "/private/secret", requires_auth=True, **exact)
    node.route("/.*", "/", path_kind="regex", strip_path=False, **regex)
    node.route("/private(/.*)?", "/", path_kind="regex", strip_path=False, requires_auth=True, priority=1, **regex)


async def attack(port: int, found: Confusion, count: int) -> None:
    """Every string at every host."""
    strings = iter([(host, text) for text in traversal_strings(count) for host in HOSTS])
    await asyncio.gather(*[_client(port, strings, found.statuses) for _ in range(AT_ONCE)])


async def _client(port: int, strings: Iterator[tuple[str, str]], statuses: Counter[int]) -> None:
    """One connection after the other, as long as the gateway keeps each. Status 0 is a closed one."""
    writer = None
    for host, text in strings:
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        target = text.replace("HOST", host).encode("latin-1")
        writer.write(b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (target, host.encode()))
        seen = await read_answer(reader, "GET", 2**20, 10)
        statuses[seen.status] += 1
        if not seen.keeps_alive:
            writer.close()
            writer = None


async def read_all(directory: Path, found: Confusion) -> None:
    """What real servers take the forwarded targets for."""
    with path_readers(directory) as readers:
        for name, port in readers.items():
            for host, targets in found.forwarded.items():
                protected = (PAGE,) if host == "exact.test" else (PAGE, BELOW)
                for target, body in (await readings(port, targets)).items():
                    if body in protected:
                        found.reached.append(f"{host} {name} {target.decode('latin-1')}")


def unstable_forms(examples: int, seed: int) -> int:
    """How many of so many random paths have a canonical form that is not its own canonical form."""
    rng = random.Random(seed)
    pieces = [*SEPARATORS, *DOTS, *ENDS, *BEGINNINGS, "a", "b.c", "%41", "%7E", "private", "%25", "%2e", "%c3%a9"]
    wrong = 0
    for _ in range(examples):
        text = "/" + "".join(rng.choices(pieces, k=rng.randrange(1, 7)))
        try:
            path = canonicalise(text.partition("?")[0].encode("latin-1")).path
        except PathError:
            continue
        wrong += canonicalise(path).path != path
    return wrong
