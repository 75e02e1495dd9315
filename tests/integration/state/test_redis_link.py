"""The connection to Redis that many share: order, silence, errors, and the way back (G-343)."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest
import redis

from proxy.limiting import redis_script
from proxy.limiting.sliding_window import sliding_window
from proxy.state.redis_address import redis_address
from proxy.state.redis_connection import RedisConnection, RedisLost
from proxy.state.redis_link import RedisLink
from tests.common.redis_server import RedisServer

pytestmark = pytest.mark.redis
RULE = redis_script.arguments(sliding_window(1000, 60.0))


@pytest.fixture
def server(tmp_path):
    with RedisServer(tmp_path) as running:
        yield running


@pytest.fixture
async def link(server):
    made = RedisLink(redis_address(server.url), silence=5.0)
    await made.start()
    await back(made)
    yield made
    await made.close()


async def left(link: RedisLink, key: bytes = b"k") -> int:
    """How many more the window takes after one more request."""
    assert link.connection is not None
    return redis_script.verdicts(await link.connection.ask(redis_script.check([key], [RULE])))[0].remaining


async def back(link: RedisLink) -> None:
    async with asyncio.timeout(30):
        while link.connection is None:
            await asyncio.sleep(0.02)


async def test_answers_find_those_who_asked_in_their_order_though_some_have_left(link):
    asking = [asyncio.ensure_future(left(link)) for _ in range(200)]
    await asyncio.sleep(0)
    for place in range(0, 200, 3):
        asking[place].cancel()
    found = await asyncio.gather(*asking, return_exceptions=True)
    for place, answer in enumerate(found):
        if place % 3:
            assert answer == 999 - place
        else:
            assert isinstance(answer, asyncio.CancelledError)
    assert await left(link) == 799, "they were counted all the same"


async def test_what_is_asked_in_one_turn_goes_out_in_one_write(link):
    connection, writes = link.connection, []
    transport = connection._transport

    class Watched:
        def write(self, data: bytes) -> None:
            writes.append(data)
            transport.write(data)

        def abort(self) -> None:
            transport.abort()

    connection._transport = Watched()
    await asyncio.gather(*(left(link) for _ in range(50)))
    assert len(writes) == 1


async def test_a_silent_server_is_lost_for_all_who_wait_and_for_nobody_after_them(server, caplog):
    link = RedisLink(redis_address(server.url), silence=0.5)
    await link.start()
    await back(link)
    server.hang()
    found = await asyncio.gather(*(left(link) for _ in range(10)), return_exceptions=True)
    assert {type(answer) for answer in found} == {RedisLost}
    assert link.connection is None
    await asyncio.sleep(1.5)
    assert link.connection is None, "it takes connections and says nothing"
    server.go_on()
    await back(link)
    assert await left(link) == 989, "what waited in its socket was counted"
    assert len(caplog.records) == 2
    await link.close()


async def test_a_server_that_answers_late_but_goes_on_answering_is_not_lost():
    """Each answer of this stand-in comes 60 ms after the one before: the last after longer than the silence allowed."""

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"PING\r\n"):
                await asyncio.sleep(0.06)
                writer.write(b"+PONG\r\n")

    slow = await asyncio.start_server(slowly, "127.0.0.1", 0)
    lost: list[str] = []
    _transport, connection = await asyncio.get_running_loop().create_connection(
        lambda: RedisConnection(lambda _connection, reason: lost.append(reason), 2.0), *slow.sockets[0].getsockname()
    )
    answers = await asyncio.gather(*(connection.ask(redis_script.command(b"PING")) for _ in range(50)))
    assert answers == [b"PONG"] * 50
    assert lost == []
    connection.lose("over")
    slow.close()
    await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("damage", "repair"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
        (("SCRIPT", "FLUSH"), None),
        (("CLIENT", "KILL", "TYPE", "normal"), None),
    ],
    ids=["full", "read only", "without the script", "connection closed"],
)
async def test_a_server_that_cannot_count_is_lost_until_it_can(link, server, caplog, damage, repair):
    with redis.Redis(port=server.port) as operator:
        operator.execute_command(*damage)
        with pytest.raises(RedisLost):
            await left(link)
        assert link.connection is None
        if repair:
            await asyncio.sleep(1.2)
            assert link.connection is None
            operator.execute_command(*repair)
    await back(link)
    assert await left(link, b"new") == 999
    assert len(caplog.records) == 2


async def test_a_password_is_given_and_a_wrong_one_is_not_written_to_the_log(tmp_path, caplog):
    with RedisServer(tmp_path, "--requirepass", "open-sesame") as server:
        link = RedisLink(redis_address(f"redis://:open-sesame@127.0.0.1:{server.port}/2"), silence=5.0)
        await link.start()
        await back(link)
        assert await left(link) == 999
        await link.close()
        with redis.Redis(port=server.port, password="open-sesame", db=2) as operator:
            assert operator.exists(redis_script.PREFIX + b"k")
        wrong = RedisLink(redis_address(f"redis://:mistaken@127.0.0.1:{server.port}"), silence=5.0)
        await wrong.start()
        assert wrong.connection is None
        assert "WRONGPASS" in caplog.text
        assert "mistaken" not in caplog.text
        await wrong.close()


async def test_a_unix_socket_serves_too(tmp_path):
    with RedisServer(tmp_path, "--unixsocket", str(tmp_path / "redis.sock")):
        link = RedisLink(redis_address(f"unix://{tmp_path}/redis.sock"), silence=5.0)
        await link.start()
        await back(link)
        assert await left(link) == 999
        await link.close()


async def test_something_else_than_redis_is_lost_at_once(caplog):
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    link = RedisLink(redis_address(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    with caplog.at_level(logging.WARNING):
        await link.start()
    assert link.connection is None
    assert len(caplog.records) == 1
    await link.close()
    server.close()
