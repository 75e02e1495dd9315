"""An answer is the same to client, pool and figures whether somebody waits for it or it is passed on where it comes.

The first answer of an instance's connection is waited for, since the connection had to be opened; a later one to a
request without a body comes while nobody waits (`proxy/forwarding/underway.py`).
"""

from __future__ import annotations

from typing import Any

import h11
import pytest

from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, ok, scripted

LINE = b"HTTP/1.1 200 OK\r\n"
HELLO = LINE + b"Content-Length: 5\r\n\r\nhello"
NO_BODY = b"HTTP/1.1 204 No Content\r\n"

ANSWERS: dict[str, bytes] = {
    "whole": HELLO,
    "empty": LINE + b"Content-Length: 0\r\n\r\n",
    "no reason": b"HTTP/1.1 299 \r\nContent-Length: 2\r\n\r\nab",
    "several cookies": LINE + b"Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\nContent-Length: 1\r\n\r\nx",
    "named by Connection": LINE + b"Connection: x-own, keep-alive\r\nX-Own: 1\r\nContent-Length: 1\r\n\r\nx",
    "the last one": LINE + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello",
    "of 1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "of 1.0, staying": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
    "a failure": b"HTTP/1.1 503 No\r\nContent-Length: 2\r\nRetry-After: 3\r\n\r\nno",
    "204": NO_BODY + b"\r\n",
    "204 with a length": NO_BODY + b"Content-Length: 5\r\n\r\n",
    "204 with a body": NO_BODY + b"Content-Length: 5\r\n\r\nhello",
    "304": b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 7\r\n\r\n",
    "304 with a body": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
    "chunked": LINE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunked with trailers": LINE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    "too long": HELLO + b"HTTP/1.1 200 OK\r\n",
    "two of them": HELLO + HELLO,
    "interim first": b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO,
    "hints first": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HELLO,
    "interim only": b"HTTP/1.1 100 Continue\r\n\r\n" * 17 + HELLO,
    "switching unasked": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "two lengths": LINE + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "length and chunks": LINE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
    "no number": LINE + b"Content-Length: +5\r\n\r\nhello",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello\r\n\r\n",
    "a folded line": LINE + b"A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello",
    "nothing but an end": b"\r\n\r\n",
    "status 999": b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n",
    "another version": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "too many fields": LINE + b"A: b\r\n" * 101 + b"Content-Length: 0\r\n\r\n",
    "too long a head": LINE + b"A: " + b"b" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
}
ENDED: dict[str, bytes] = {
    "until the close": LINE + b"\r\nhello",
    "whole, then the end": HELLO,
    "cut": LINE + b"Content-Length: 9\r\n\r\nhello",
    "cut in its head": LINE + b"Content-Length: 5",
}
TO_HEAD: dict[str, bytes] = {
    "with a length": LINE + b"Content-Length: 5\r\n\r\n",
    "without": LINE + b"\r\n",
    "chunked": LINE + b"Transfer-Encoding: chunked\r\n\r\n",
    "with a body": HELLO,
}
OURS = (b"date", b"x-request-id")


async def seen(answer: bytes, method: bytes, *, ends: bool, waited_for: bool) -> dict[str, Any]:
    """What client and figures make of `answer`, and whether its connection is used once more afterwards."""

    async def script(connection: Connection) -> None:
        while True:
            head = await connection.read_head()
            is_plain = b" /plain " in head
            await connection.send(ok() if is_plain else answer)
            if ends and not is_plain:
                return

    asked = route("/asked", "/asked", retry_count=0, rate_limit_rpm=None)
    async with (
        scripted(script) as upstream,
        edge_gateway(route(), asked, services=(service(upstream.port),)) as gateway,
    ):
        if not waited_for:
            async with RawClient(gateway.port) as client:
                await client.ask(get("/plain"))
        async with RawClient(gateway.port) as client:
            await client.send(get("/asked").replace(b"GET", method))
            try:
                found = await client.answer(method)
            except (h11.RemoteProtocolError, ConnectionError) as error:
                told: tuple[Any, ...] = (type(error),)
            else:
                own = [field for field in found.headers if field[0] not in OURS]
                told = (found.status, found.reason, own, found.body, found.informational)
        async with RawClient(gateway.port) as client:
            assert (await client.ask(get("/plain"))).status == 200
        assert await is_at_rest(gateway)
        meter = gateway.runtime.snapshot.compiled[asked.id].meter
        is_used_again = len(upstream.connections) == 1
        return {"told": told, "replies": meter.replies, "bytes": meter.bytes_out, "used again": is_used_again}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_is_the_same_to_everybody_whether_or_not_somebody_waits_for_it(name):
    waited_for = await seen(ANSWERS[name], b"GET", ends=False, waited_for=True)
    assert await seen(ANSWERS[name], b"GET", ends=False, waited_for=False) == waited_for


@pytest.mark.parametrize("name", ENDED)
async def test_f11_so_is_one_that_ends_with_its_connection(name):
    waited_for = await seen(ENDED[name], b"GET", ends=True, waited_for=True)
    assert await seen(ENDED[name], b"GET", ends=True, waited_for=False) == waited_for


@pytest.mark.parametrize("name", TO_HEAD)
async def test_f10_so_is_one_without_its_body(name):
    waited_for = await seen(TO_HEAD[name], b"HEAD", ends=False, waited_for=True)
    assert await seen(TO_HEAD[name], b"HEAD", ends=False, waited_for=False) == waited_for
