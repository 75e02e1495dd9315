"""The pool: reuses, bounds, queues in order, and survives being cancelled at any point."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import ExitStack, asynccontextmanager

import pytest

from proxy.http1.body import LengthBody
from proxy.transport.deadlines import Deadlines
from proxy.transport.pool import ConnectFailed, Endpoint, Pool, PoolExhausted, PoolLimits
from proxy.transport.stream import HIGH_WATER_BYTES
from proxy.transport.target_guard import TargetGuard
from proxy.transport.upstream import UpstreamConnection
from tests.common.eventually import eventually
from tests.common.scripted_upstream import Connection, scripted


async def quiet(connection: Connection) -> None:
    await connection.until_closed()


@asynccontextmanager
async def a_pool(connections: int = 2, queue: int = 2, idle_seconds: float = 30.0, script=quiet):
    async with scripted(script) as upstream:
        deadlines = Deadlines()
        deadlines.start()
        limits = PoolLimits(connections=connections, queue=queue, idle_seconds=idle_seconds)
        pool = Pool(Endpoint(host="127.0.0.1", port=upstream.port), limits, deadlines, TargetGuard(()))
        yield pool, upstream
        pool.close()
        deadlines.stop()


@asynccontextmanager
async def a_silent_address():
    """A port whose queue of connections is full, so that the kernel answers no further one."""
    with socket.socket() as listening, ExitStack() as stack:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


async def test_a_returned_connection_is_used_again():
    async with a_pool() as (pool, upstream):
        first = await pool.acquire(1)
        pool.release(first, reusable=True)
        assert await pool.acquire(1) is first
        assert len(upstream.connections) == 1


async def test_f12_a_connection_that_said_something_unasked_is_dropped():
    async def talkative(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        await connection.until_closed()

    async with a_pool(script=talkative) as (pool, _):
        first = await pool.acquire(1)
        pool.release(first, reusable=True)
        await asyncio.sleep(0.05)
        assert pool.take_idle() is None
        assert pool.open == 0


async def test_a_connection_not_reusable_is_closed():
    async with a_pool() as (pool, upstream):
        pool.release(await pool.acquire(1), reusable=False)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        assert pool.open == 0


async def test_t4_the_bound_holds_and_waiters_are_served_in_order():
    async with a_pool(connections=1, queue=2) as (pool, _):
        held = await pool.acquire(1)
        order: list[str] = []

        async def want(name: str) -> None:
            connection = await pool.acquire(1)
            order.append(name)
            pool.release(connection, reusable=True)

        waiting = [asyncio.create_task(want(name)) for name in "ab"]
        await asyncio.sleep(0)
        with pytest.raises(PoolExhausted):
            await pool.acquire(1)
        pool.release(held, reusable=True)
        await asyncio.gather(*waiting)
        assert order == ["a", "b"]
        assert pool.in_use == 0
        assert pool.open == 1


async def test_t4_a_wait_that_takes_too_long_ends():
    async with a_pool(connections=1) as (pool, _):
        held = await pool.acquire(1)
        with pytest.raises(PoolExhausted):
            await pool.acquire(0.05)
        pool.release(held, reusable=True)
        assert await pool.acquire(1) is held


async def test_a_closed_connection_gives_its_place_to_a_waiter():
    async with a_pool(connections=1) as (pool, upstream):
        held = await pool.acquire(1)
        waiter = asyncio.create_task(pool.acquire(1))
        await asyncio.sleep(0)
        pool.release(held, reusable=False)
        fresh = await waiter
        assert fresh is not held
        assert (pool.in_use, len(upstream.connections)) == (1, 2)


@pytest.mark.parametrize("ending", ["unasked bytes", "closed"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "during"])
async def test_f12_a_connection_that_is_handed_over_is_looked_at_again(ending, before):
    def end(connection: UpstreamConnection) -> None:
        if ending == "closed":
            connection.close()
        else:
            connection.data_received(b"HTTP/1.1 200 OK\r\n\r\n")

    async with a_pool(connections=1) as (pool, _):
        held = await pool.acquire(1)
        waiting = asyncio.create_task(pool.acquire(1))
        await asyncio.sleep(0.01)
        if before:
            end(held)
        pool.release(held, reusable=True)
        if not before:
            end(held)
        found = await waiting
        assert found is not held
        assert found.is_ready()
        pool.release(found, reusable=True)
        assert (pool.in_use, pool.open) == (0, 1)


async def test_f12_a_connection_that_was_made_to_wait_is_not_used_again():
    """Nobody knows what its socket holds behind the last byte that was read."""
    async with a_pool() as (pool, _):
        connection = await pool.acquire(1)
        connection.data_received(b"x" * (HIGH_WATER_BYTES + 1))
        assert len(connection.take(LengthBody(HIGH_WATER_BYTES + 1))) == HIGH_WATER_BYTES + 1
        pool.release(connection, reusable=True)
        assert pool.open == 0


async def test_g402_waiting_and_connecting_share_the_time():
    async with a_silent_address() as port:
        deadlines = Deadlines()
        limits = PoolLimits(connections=1, queue=1, idle_seconds=30.0)
        pool = Pool(Endpoint(host="127.0.0.1", port=port), limits, deadlines, TargetGuard(()))
        opening = asyncio.create_task(pool.acquire(2))
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        begun = loop.time()
        with pytest.raises((ConnectFailed, PoolExhausted)):
            await pool.acquire(3)
        assert loop.time() - begun < 4.5
        with pytest.raises(ConnectFailed):
            await opening
        assert pool.in_use == 0


@pytest.mark.parametrize("reusable", [True, False])
async def test_r07_cancelled_callers_leak_nothing(reusable):
    async with a_pool(connections=2, queue=100) as (pool, _):

        async def use(hold: float) -> None:
            connection = await pool.acquire(5)
            try:
                await asyncio.sleep(hold)
            finally:
                pool.release(connection, reusable=reusable)

        for turn in range(40):
            tasks = [asyncio.create_task(use(0.001 * (n % 3))) for n in range(8)]
            await asyncio.sleep(0.0005 * (turn % 7))
            for task in tasks[:: 1 + turn % 3]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert pool.in_use == 0
        assert pool.open <= 2


async def test_an_idle_connection_the_other_side_closed_is_forgotten():
    async with a_pool() as (pool, upstream):
        pool.release(await pool.acquire(1), reusable=True)
        upstream.connections[0].reset()
        assert await eventually(lambda: pool.open == 0)


async def test_an_idle_connection_is_closed_in_time():
    async with a_pool(idle_seconds=0.05) as (pool, upstream):
        pool.release(await pool.acquire(1), reusable=True)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        assert pool.open == 0


async def test_g402_an_address_that_refuses_is_told_apart_from_one_that_is_silent():
    deadlines = Deadlines()
    limits = PoolLimits(connections=1, queue=1, idle_seconds=1)
    refusing = Pool(Endpoint(host="127.0.0.1", port=1), limits, deadlines, TargetGuard(()))
    with pytest.raises(ConnectFailed) as caught:
        await refusing.acquire(1)
    assert not caught.value.timed_out
    assert refusing.in_use == 0


async def test_an_address_that_this_machine_has_no_way_to_is_passed_over(monkeypatch: pytest.MonkeyPatch):
    """`localhost` is `::1` first, also where IPv6 is switched off: that error is no `ConnectionError`."""

    async def two(host: str, port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    async with a_pool() as (pool, _upstream):
        loop = asyncio.get_running_loop()
        as_ever = loop.sock_connect

        async def without_ipv6(sock: socket.socket, address: tuple[str, int]) -> None:
            if ":" in address[0]:
                raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
            await as_ever(sock, address)

        monkeypatch.setattr(loop, "sock_connect", without_ipv6)
        named = Endpoint(host="a.name.test", port=pool.endpoint.port)
        other = Pool(named, PoolLimits(connections=1, queue=1, idle_seconds=1), Deadlines(), TargetGuard((), None, two))
        connection = await other.acquire(1)
        assert connection.transport.get_extra_info("peername")[0] == "127.0.0.1"
        connection.abort()
