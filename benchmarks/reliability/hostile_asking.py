"""R-05: one case asked for through a gateway, and what is wrong with what came back."""

from __future__ import annotations

import asyncio

from benchmarks.reliability.hostile_answers import Case
from benchmarks.reliability.hostile_upstream import HostileUpstream
from benchmarks.reliability.whole_answer import Seen, read_answer

MOST = 2**20
REFUSALS = range(500, 600)
UNSENT = 2**20
"""What the head of a POST announces; an early answer comes before half of it."""


async def faults_of(
    case: Case, manner: str, upstream: HostileUpstream, port: int, *, version: str = "1.1", patience: float = 5.0
) -> list[str]:
    """What a gateway on `port` does wrong when the upstream plays `case` in this `manner`.

    It is asked for twice, since what was kept of the first answer would be the second. The route `/hostile/*` leads to
    the upstream's `/*` or `/hostile/*`. `patience` is in seconds.
    """
    path = f"/hostile/{case.name}/{manner}/{version}"
    faults = [fault for _ in range(2) if (fault := await _ask(case, path, port, version, patience))]
    if f"{case.name}/{manner}" in upstream.used_again:
        faults.append("the upstream's connection was used again")
    return faults


async def _ask(case: Case, path: str, port: int, version: str, patience: float) -> str | None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    body = f"Content-Length: {UNSENT}\r\n\r\n{'x' * (UNSENT // 4)}" if case.method == "POST" else "\r\n"
    try:
        writer.write(f"{case.method} {path} HTTP/{version}\r\nHost: trial\r\n{body}".encode())
        most = MOST if case.payload is None else max(MOST, len(case.payload))
        seen = await read_answer(reader, case.method, most, patience)
        fault = fault_in(seen, case)
        if fault is None and seen.keeps_alive and version == "1.1" and case.method != "POST":
            fault = await _next_on(reader, writer, patience)
    except ConnectionError:
        return None
    finally:
        writer.transport.abort()
    return fault


def fault_in(seen: Seen, case: Case) -> str | None:
    """Why an answer to a case may not be given, or None."""
    if seen.ending == "silent":
        return "hung"
    if seen.ending == "broken":
        return "what came is not HTTP"
    if seen.ending != "whole" or seen.status in REFUSALS:
        return None
    if case.payload is not None and (seen.status, seen.body) == (case.status, case.payload):
        return None
    return f"looks whole: {seen.status} with {len(seen.body)} bytes {seen.body[:20]!r}"


async def _next_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float) -> str | None:
    """The client's connection must not hold anything that is not the next request's answer."""
    await asyncio.sleep(0.02)
    writer.write(b"GET /hostile/well HTTP/1.1\r\nHost: trial\r\n\r\n")
    seen = await read_answer(reader, "GET", MOST, patience)
    if seen.ending == "cut" and not seen.status:
        return None  # closed, as a gateway may
    if (seen.ending, seen.status, seen.body) == ("whole", 200, b"well") or seen.status in REFUSALS:
        return None
    return f"the next request was answered {seen.status} {seen.body[:20]!r} ({seen.ending})"
