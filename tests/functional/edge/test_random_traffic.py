"""Random requests, valid and broken, cut at random places: each answer is its own request's (F4, F5, F7, F16, T2)."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
from dataclasses import dataclass

import h11
import pytest

from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient
from tests.common.scripted_upstream import Connection, read_request, scripted

SEEDS = range(int(os.environ.get("GATEWAY_TEST_RANDOM_SEEDS", "6")))
CONNECTIONS = 40
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

BREAKAGES = (
    b"GET /bad HTTP/1.1\r\n\r\n",
    b"GET /bad HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
    b"GET /bad  HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /bad HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET /bad HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
    b"GET /bad HTTP/1.1\nHost: x\n\n",
    b"GET /bad HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
    b"POST /bad HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /bad HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"POST /bad HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
    b"POST /bad HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /bad HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    b"POST /bad HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    b"POST /bad HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
    b"GET /a/../bad HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
)


@dataclass
class Sent:
    """One valid request: its bytes and what the upstream must make of it."""

    data: bytes
    method: bytes
    echo: bytes


def valid_request(rng: random.Random, number: int) -> Sent:
    """A request in one of the ways there are to say it."""
    method = rng.choice([b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"])
    target = b"/r/%d?q=%d" % (number, rng.randrange(10**6))
    form = b"http://x" if rng.random() < 0.1 else b""
    body = rng.randbytes(rng.choice([0, 0, 1, 40, 3000, 70_000])) if method not in (b"GET", b"HEAD") else b""
    lines = [b"%b %b%b HTTP/1.1" % (method, form, target), rng.choice([b"Host: x", b"hOsT:x", b"HOST:  x \t"])]
    if rng.random() < 0.3:
        lines.append(b"X-Filling: " + b"f" * rng.randrange(2000))
    if rng.random() < 0.2:
        lines.append(b"Connection: keep-alive, X-Filling")
    if body and rng.random() < 0.2:
        lines.append(b"Expect: 100-continue")
    if rng.random() < 0.5:
        lines.append(b"Content-Length: %d" % len(body))
    else:
        lines.append(b"Transfer-Encoding: chunked")
        body = _in_chunks(rng, body)
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    plain = _plain(body) if lines[-1].startswith(b"Transfer") else body
    return Sent((b"\r\n" if rng.random() < 0.1 else b"") + head + body, method, _echo(method, target, plain))


def _in_chunks(rng: random.Random, body: bytes) -> bytes:
    pieces = []
    while body:
        size = rng.choice([1, 7, 500, 20_000])
        piece, body = body[:size], body[size:]
        extension = rng.choice([b"", b"", b";a=b", b' ;c="d"'])
        pieces.append(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece))
    return b"".join(pieces) + rng.choice([b"0\r\n\r\n", b"000;x\r\n\r\n", b"0\r\nX-Trailer: t\r\n\r\n"])


def _plain(chunked: bytes) -> bytes:
    plain = b""
    while True:
        line, _, chunked = chunked.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        if not size:
            return plain
        plain += chunked[:size]
        chunked = chunked[size + 2 :]


def _echo(method: bytes, target: bytes, body: bytes) -> bytes:
    return b"%b %b %d %d" % (method, target, len(body), sum(body))


async def recording(connection: Connection) -> None:
    """Answers with what h11 understood, framed in a random way and now and then over two packets."""
    rng = random.Random(connection.number)
    while True:
        parser = h11.Connection(h11.SERVER)
        request, body = await read_request(parser, connection)
        assert b"smuggled" not in request.target
        answer = _answer(rng, request.method, _echo(request.method, request.target, body))
        cut = rng.randrange(len(answer)) if rng.random() < 0.3 else 0
        if cut:
            await connection.send(answer[:cut])
            await asyncio.sleep(0.001)
        await connection.send(answer[cut:])
        if b"Connection: close" in answer:
            return


def _answer(rng: random.Random, method: bytes, echo: bytes) -> bytes:
    kind = rng.randrange(6)
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" if rng.random() < 0.1 else b""
    if method == b"HEAD":
        return early + b"HTTP/1.1 200 OK\r\nX-Echo: %b\r\nContent-Length: 1000\r\n\r\n" % echo
    if kind == 0:
        return early + b"HTTP/1.1 200 OK\r\nX-Echo: %b\r\nConnection: close\r\n\r\n%b" % (echo, echo)
    if kind == 1:
        return early + b"HTTP/1.1 204 No\r\nX-Echo: %b\r\n\r\n" % echo
    if kind == 2:
        head = b"HTTP/1.1 200 OK\r\nX-Echo: %b\r\nTransfer-Encoding: chunked\r\n\r\n" % echo
        return early + head + _in_chunks(rng, echo)
    return early + b"HTTP/1.1 200 OK\r\nX-Echo: %b\r\nContent-Length: %d\r\n\r\n%b" % (echo, len(echo), echo)


async def converse(port: int, rng: random.Random, first: int) -> None:
    """One connection: several requests, perhaps a broken one, cut anywhere, perhaps left in the middle."""
    requests = [valid_request(rng, first + place) for place in range(rng.randrange(1, 7))]
    data = b"".join(request.data for request in requests)
    broken = rng.random() < 0.4
    if broken:
        data += rng.choice(BREAKAGES) + SMUGGLED
    leaves = rng.random() < 0.15
    async with RawClient(port) as client:
        sending = asyncio.create_task(_send_in_pieces(client, rng, data, leaves=leaves))
        try:
            if not leaves:
                await _check_answers(client, requests, broken=broken)
        finally:
            sending.cancel()
            await asyncio.wait((sending,))


async def _send_in_pieces(client: RawClient, rng: random.Random, data: bytes, *, leaves: bool) -> None:
    cuts = sorted(rng.randrange(len(data)) for _ in range(rng.choice([0, 1, 3, 12])))
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        client.writer.write(data[start:end])
        await asyncio.sleep(rng.choice([0, 0, 0.001]))
        if leaves and rng.random() < 0.3:
            client.writer.transport.abort()
            return


async def _check_answers(client: RawClient, requests: list[Sent], *, broken: bool) -> None:
    for request in requests:
        answer = await client.answer(request.method)
        assert answer.header(b"x-echo") == request.echo, (answer, request)
        if request.method != b"HEAD" and answer.status == 200:
            assert answer.body == request.echo
    if broken:
        answer = await client.answer()
        assert answer.status in (400, 501), answer
        assert answer.header(b"connection") == b"close"
        assert await client.reader.read() == b""


@pytest.mark.parametrize("seed", SEEDS)
async def test_each_answer_is_its_own_requests(seed, caplog):
    rng = random.Random(seed)
    with caplog.at_level(logging.WARNING):
        async with scripted(recording) as one, scripted(recording) as two:
            services = (service(one.port, two.port),)
            async with edge_gateway(
                route(rate_limit_rpm=None), services=services, upstream_max_connections=4
            ) as gateway:
                tasks = [converse(gateway.port, random.Random(rng.random()), 1000 * n) for n in range(CONNECTIONS)]
                await asyncio.gather(*tasks)
                assert await is_at_rest(gateway)
                gc.collect()
    assert not caplog.records
