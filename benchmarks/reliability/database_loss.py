"""R-13: PostgreSQL and Redis are stopped under traffic, the node is started anew without them, then both come back."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
import urllib.error
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability import mixed_load
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.postgres_process import Postgres
from benchmarks.reliability.redis_process import Redis
from benchmarks.reliability.trial import Result
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.store import SnapshotCorrupt, SnapshotFile

CATCH_UP_SECONDS = 10.0


@dataclass
class Writes:
    """What became of the writes that were tried without a database."""

    refused: int = 0
    wrong: list[str] = field(default_factory=list)


def run(seconds: float = 600.0) -> Result:
    """Half of the time before the new start, half after it."""
    writes = Writes()
    with (
        Instance("plain") as plain,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        Postgres(Path(directory)) as postgres,
        Redis(Path(directory)) as redis,
        Node(Path(directory), 2, {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        postgres.stop()
        redis.kill()
        before = asyncio.run(load(node, seconds / 2, writes))
        node.kill()
        node.start()
        after = asyncio.run(load(node, seconds / 2, writes))
        postgres.start()
        redis.start()
        caught_up = catch_up(node, writes)
    failures = before.failures + after.failures
    broken = {how for seen in (before, after) for how in [*seen.tunnels, *seen.streams]} - {"left open", "whole"}
    text = f"{before.answers + after.answers} answers, {len(failures)} failed {failures[:3] or ''}; "
    text += f"{broken or 'no'} tunnels or streams broken; {writes.refused} writes refused with F50300, "
    text += (
        f"{len(writes.wrong)} otherwise {writes.wrong[:2] or ''}; a write in force {caught_up:.1f} s after the return"
    )
    must = f"nothing fails, writes refused and not stored, in force within {CATCH_UP_SECONDS:g} s after the return"
    passed = not (failures or broken or writes.wrong) and caught_up <= CATCH_UP_SECONDS
    done = f"PostgreSQL and Redis away for {seconds:.0f} s under 200 requests/s, the node started anew in the middle"
    return Result("R-13 database lost", done, must, text, passed)


async def load(node: Node, seconds: float, writes: Writes) -> mixed_load.Seen:
    """Traffic for so long, and a write every second."""
    ends = time.monotonic() + seconds
    async with mixed_load.MixedLoad(node.port) as seen:
        while time.monotonic() < ends:
            await asyncio.gather(asyncio.sleep(1), asyncio.to_thread(refused_write, node, writes))
    return seen


def refused_write(node: Node, writes: Writes) -> None:
    """A route that must not come to be."""
    try:
        node.route(f"/lost/{writes.refused}", "/x")
    except urllib.error.HTTPError as error:
        told = json.load(error)
        if (error.code, told["code"]) == (503, "F50300") and told["msg"] and error.headers["Retry-After"]:
            writes.refused += 1
        else:
            writes.wrong.append(f"{error.code} {told}")
    except OSError as error:
        writes.wrong.append(repr(error))
    else:
        writes.wrong.append("acknowledged")


def catch_up(node: Node, writes: Writes) -> float:
    """Seconds until a write is taken again; that nothing refused was stored is noted."""
    began = time.monotonic()
    while True:
        try:
            node.route("/found/*", "/*")
            break
        except OSError as error:
            if time.monotonic() - began > 6 * CATCH_UP_SECONDS:
                raise RuntimeError(f"no write was taken after the return: {error}") from error
            time.sleep(0.1)
    took = time.monotonic() - began
    stored = [row["path_pattern"] for row in node.call("GET", "/admin/routes?size=100")["routes"]]
    writes.wrong += [f"{path} was stored" for path in stored if path.startswith("/lost/")]
    return took


def damaged(flips: int = 100, seed: int = 1) -> Result:
    """A bit of the snapshot file flipped, again and again: it is noticed, and the file before is read."""
    chance, wrong = random.Random(seed), list[int]()
    with tempfile.TemporaryDirectory() as directory:
        file = SnapshotFile(Path(directory) / "configuration.snapshot")
        file.write(Configuration(revision=1))
        file.write(Configuration(revision=2))
        good = file.path.read_bytes()
        for _ in range(flips):
            bit = chance.randrange(len(good) * 8)
            spoilt = bytearray(good)
            spoilt[bit // 8] ^= 1 << bit % 8
            file.path.write_bytes(spoilt)
            try:
                wrong += [bit] * (file.read().revision != 1)
            except SnapshotCorrupt:
                wrong.append(bit)
    seen = f"{flips - len(wrong)} of {flips} noticed and the file before read"
    done = f"{flips} × one bit of the snapshot file flipped, seed {seed}"
    return Result("R-13 snapshot damaged", done, "every one", seen, not wrong)
