"""R-25: one gateway through the trials of R-03 to R-06, and how often it failed in each."""

from __future__ import annotations

import asyncio
import collections
import tempfile
from pathlib import Path

from benchmarks.reliability import malformed_requests
from benchmarks.reliability.hostile_answers import CASES
from benchmarks.reliability.hostile_upstream import hostile_upstream
from benchmarks.reliability.hostile_upstreams import all_faults
from benchmarks.reliability.parity.subjects import Upstreams, subject
from benchmarks.reliability.path_confusion import Confusion, Recorder, attack, read_all
from benchmarks.reliability.upstream_deaths import BREAKS_AT_ONCE, REQUESTS_A_SECOND, Faulty, trouble

STRINGS = 23_000
SECONDS = 60.0

Failures = dict[str, int]
"""By figure; none is good."""


def measure(name: str, share: float) -> tuple[str, Failures]:
    """A gateway's name with its version, and its failures in `share` of the full length."""
    with tempfile.TemporaryDirectory() as directory:
        three = [Faulty(letter, Path(directory)) for letter in "abc"]
        try:
            full_name, found = asyncio.run(_measure(name, Path(directory), three, share))
        finally:
            for one in three:
                one.close()
    return full_name, malformed_requests.failures(name, share) | found


async def _measure(name: str, directory: Path, three: list[Faulty], share: float) -> tuple[str, Failures]:
    found = Confusion()
    recorder = await asyncio.start_server(Recorder(found).serve, "127.0.0.1", 0)
    async with hostile_upstream() as hostile:
        start = subject(name, directory, Upstreams(recorder.sockets[0].getsockname()[1], hostile.port, three))
        full_name, port = await asyncio.to_thread(start.__enter__)
        try:
            strings = int(STRINGS * share)
            await attack(port, found, strings)
            await read_all(directory, found)
            faults = await all_faults(hostile, port)
            deaths = await _deaths(port, three, SECONDS * share)
        finally:
            await asyncio.to_thread(start.__exit__, None, None, None)
    recorder.close()
    return full_name, {
        f"R-04: protected hits by {3 * strings} requests": len(found.reached),
        f"R-05: hostile answers of {2 * len(CASES)} relayed wrongly": len(faults),
        **deaths,
    }


async def _deaths(port: int, three: list[Faulty], seconds: float) -> Failures:
    tally, _sent = await trouble(port, three, seconds)
    ledger = collections.Counter(line for one in three for line in one.ledger.read_text().split())
    of = f"of {int(seconds * REQUESTS_A_SECOND)} requests"
    return {
        f"R-06: GETs, {of}, lost to crash and reset": tally.lost("GET", BREAKS_AT_ONCE),
        f"R-06: GETs, {of}, lost to freeze and mute": tally.lost("GET", ("freeze", "mute")),
        "R-06: POSTs carried out twice": sum(1 for count in ledger.values() if count > 1),
        "R-06: POSTs lost": tally.answers["POST lost"],
    }
