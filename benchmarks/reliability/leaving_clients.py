"""R-07: identities that ask side by side, in bursts on kept-alive connections, and often leave in the middle."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.reliability.whole_answer import read_answer

LEAVING = 0.3
MOST_IN_A_ROW = 6
PATIENCE_SECONDS = 30.0


@dataclass
class Found:
    """What all clients saw; `mixed_up` describes answers that were not their request's."""

    answers: int = 0
    hits: int = 0
    """Of them, from the cache."""
    left: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    mixed_up: list[str] = field(default_factory=list)


async def ask_and_leave(
    port: int, user: str, token: str, found: Found, rng: random.Random, goes_on: Callable[[], bool]
) -> None:
    """One client of one identity; each burst is a connection's, of up to six requests, some of them to the cache."""
    while goes_on():
        kinds = rng.choices((("mine", 8), ("own", 40)), k=rng.randrange(1, MOST_IN_A_ROW + 1))
        paths = [f"/{kind}/{rng.randrange(count)}" for kind, count in kinds]
        data = b"".join(request(path, token) for path in paths)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        try:
            if rng.random() < LEAVING:
                found.left += 1
                await _leave(reader, writer, data, rng)
            else:
                writer.write(data)
                await _read_all(reader, user, paths, found)
        except ConnectionError:
            found.statuses[0] += 1
        finally:
            writer.transport.abort() if rng.random() < 0.5 else writer.close()


def request(path: str, token: str) -> bytes:
    """A GET with credentials."""
    return f"GET {path} HTTP/1.1\r\nHost: trial\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


async def _leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes, rng: random.Random) -> None:
    """At a random byte of what is sent, or of what comes."""
    if rng.random() < 0.5:
        writer.write(data[: rng.randrange(len(data))])
        await asyncio.sleep(rng.choice((0, 0.001, 0.01)))
        return
    writer.write(data)
    await asyncio.wait_for(reader.read(rng.randrange(1, 60_000)), PATIENCE_SECONDS)


async def _read_all(reader: asyncio.StreamReader, user: str, paths: list[str], found: Found) -> None:
    for path in paths:
        seen = await read_answer(reader, "GET", 2**20, PATIENCE_SECONDS)
        found.statuses[seen.status] += 1
        if seen.status == 200 and seen.ending == "whole":
            found.answers += 1
            found.hits += seen.fields.get("x-cache") == "hit"
            if not seen.body.startswith(f"{user} {path} ".encode()):
                found.mixed_up.append(f"{user} asked {path} and got {seen.body[:40]!r}")
        if not seen.keeps_alive:
            return
