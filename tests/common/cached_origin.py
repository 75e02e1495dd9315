"""An upstream that counts what reaches it, and a cached route in front, for tests of the response cache."""

from __future__ import annotations

import asyncio

from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import Answer, RawClient
from tests.common.scripted_upstream import Script, scripted


class Origin:
    """An upstream that counts what reaches it; `answers` are given in turn, the last one again and again."""

    def __init__(self, *answers: bytes, delay: float = 0.0) -> None:
        self.answers = list(answers)
        self.delay = delay
        self.heads: list[bytes] = []

    @property
    def script(self) -> Script:
        async def script(connection) -> None:
            while True:
                head = await connection.read_head()
                self.heads.append(head)
                place = len(self.heads) - 1
                if b"content-length: " in head.lower():
                    await connection.read_exactly(int(head.lower().split(b"content-length: ")[1].split(b"\r")[0]))
                if self.delay:
                    await asyncio.sleep(self.delay)
                answer = self.answers[min(place, len(self.answers) - 1)]
                if not answer:
                    connection.reset()
                    return
                await connection.send(answer.replace(b"NUMBER", b"%06d" % place))

        return script


def reply(*fields: bytes, status: bytes = b"200 OK", body: bytes = b"NUMBER") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


FRESH = b"Cache-Control: max-age=60"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nX-New: 1\r\nCache-Control: max-age=60\r\n\r\n"


async def ask(gateway, *requests: bytes) -> list[Answer]:
    async with RawClient(gateway.port) as client:
        return [await client.ask(request, request.split(b" ")[0]) for request in requests]


def words(answers: list[Answer]) -> list[bytes | None]:
    return [answer.header(b"x-cache") for answer in answers]


def cached(**fields):
    return route(**{"cache_enabled": True, "rate_limit_rpm": None, **fields})


async def exchange_all(origin: Origin, *requests: bytes, **fields) -> list[Answer]:
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(cached(**fields), services=(service(upstream.port),)) as gateway,
    ):
        return await ask(gateway, *requests)
