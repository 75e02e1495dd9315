"""Several workers and one store (G-405, R-18): one fetch for all, and a worker that is killed holds up nobody."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import h11
import lmdb
import pytest

from gateway_project.rest.purging import Purge
from proxy.caching.purge import purger
from proxy.caching.reply_store import LEASE_SECONDS
from proxy.caching.response_cache import shared_store
from proxy.options import GatewayOptions
from tests.common.cached_origin import FRESH, Origin, reply, words
from tests.common.raw_client import Answer, RawClient, get, post
from tests.common.scripted_upstream import scripted

ROOT = Path(__file__).resolve().parents[3]


class Workers:
    """Processes that share the store in one directory."""

    def __init__(self, directory: Path, upstream_port: int, count: int) -> None:
        self.directory = directory
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.common.cache_worker", str(directory), str(upstream_port)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for _ in range(count)
        ]  # fmt: skip
        self.ports = [int(process.stdout.readline()) for process in self.processes]

    async def ask(self, number: int, request: bytes) -> Answer:
        async with RawClient(self.ports[number]) as client:
            await client.send(request)
            return await client.answer(request.split(b" ")[0], timeout=60)

    def kill(self, number: int) -> None:
        os.kill(self.processes[number].pid, signal.SIGKILL)
        self.processes[number].wait()


@contextmanager
def workers(directory: Path, upstream_port: int, count: int):
    running = Workers(directory, upstream_port, count)
    try:
        yield running
    finally:
        for process in running.processes:
            process.kill()
            process.communicate()


async def test_r18_two_hundred_misses_on_four_workers_are_one_fetch(tmp_path: Path):
    origin = Origin(reply(FRESH), delay=1.0)
    async with scripted(origin.script) as upstream:
        with workers(tmp_path, upstream.port, 4) as running:
            found = await asyncio.gather(*[running.ask(number % 4, get("/x")) for number in range(200)])
            assert len(origin.heads) == 1
            assert {answer.body for answer in found} == {b"000000"}
            assert words(found).count(b"miss") == 1
            more = await asyncio.gather(*[running.ask(number, get("/x")) for number in range(4)])
            assert words(more) == [b"hit"] * 4


async def test_r18_a_worker_killed_while_it_fetches_holds_the_others_up_for_its_lease_only(tmp_path: Path):
    origin = Origin(reply(FRESH), delay=1.0)
    async with scripted(origin.script) as upstream:
        with workers(tmp_path, upstream.port, 2) as running:
            doomed = asyncio.create_task(running.ask(0, get("/x")))
            while not origin.heads:
                await asyncio.sleep(0.01)
            waiting = [asyncio.create_task(running.ask(1, get("/x"))) for _ in range(20)]
            await asyncio.sleep(0.2)
            assert len(origin.heads) == 1
            running.kill(0)
            began = time.monotonic()
            found = await asyncio.gather(*waiting)
            assert {answer.body for answer in found} == {b"000001"}
            assert time.monotonic() - began < LEASE_SECONDS + 6
            with pytest.raises((ConnectionError, h11.RemoteProtocolError)):
                await doomed


async def test_g405_purges_and_changes_are_in_force_on_every_worker_at_once(tmp_path: Path):
    origin = Origin(reply(FRESH, b"Cache-Tag: red"))
    store = shared_store(str(tmp_path), GatewayOptions(cache_bytes=16 * 1024 * 1024))
    async with scripted(origin.script) as upstream:
        with workers(tmp_path, upstream.port, 2) as running:
            for change in (Purge(tag="red"), Purge(path="/x*"), Purge(), None):
                first = [await running.ask(number, get("/x")) for number in (0, 1)]
                assert words(first)[1] == b"hit"
                if change is None:
                    await running.ask(0, post("/x", b"new"))
                else:
                    assert purger(store)(change) == 1
                asked = len(origin.heads)
                assert words([await running.ask(1, get("/x"))]) == [b"miss"]
                assert len(origin.heads) == asked + 1
    store.close()


async def test_r18_what_workers_killed_at_any_moment_left_behind_serves_the_others(tmp_path: Path):
    origin = Origin(reply(FRESH, body=b"x" * 20_000))
    async with scripted(origin.script) as upstream:
        for _ in range(3):
            with workers(tmp_path, upstream.port, 2) as running:

                async def ask_on(number: int, running: Workers = running) -> None:
                    for place in range(10_000):
                        await running.ask(number, get(f"/{place}"))

                busy = [asyncio.create_task(ask_on(number)) for number in (0, 1)]
                await asyncio.sleep(0.4)
                running.kill(0)
                await asyncio.wait(busy[:1])
                answer = await running.ask(1, get("/0"))
                assert (answer.status, answer.header(b"x-cache")) == (200, b"hit")
                busy[1].cancel()
                await asyncio.wait(busy)


async def test_random_bytes_in_the_file_are_misses_and_no_errors(tmp_path: Path):
    origin = Origin(reply(FRESH))
    async with scripted(origin.script) as upstream:
        with workers(tmp_path, upstream.port, 1) as running:
            await running.ask(0, get("/x"))
            with lmdb.open(str(tmp_path / "replies")) as environment, environment.begin(write=True) as transaction:
                with transaction.cursor() as cursor:
                    keys = [bytes(key) for key in cursor.iternext(values=False)]
                for key in keys:
                    transaction.put(key, os.urandom(64))
            answer = await running.ask(0, get("/x"))
            assert (answer.status, answer.body) == (200, b"000001")
