"""A client that sends any bytes, and reads answers with h11 so that they are judged by somebody else's parser."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import h11


@dataclass
class Answer:
    """A whole response."""

    status: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    informational: list[int] = field(default_factory=list)

    def header(self, name: bytes) -> bytes | None:
        """The first value of a field."""
        return next((value for key, value in self.headers if key == name), None)


class RawClient:
    """One connection to the gateway."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._host = host
        self._port = port
        self._rest = b""

    async def __aenter__(self) -> RawClient:
        self.reader, self.writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def send(self, data: bytes) -> None:
        """Writes bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, method: bytes = b"GET", timeout: float = 30.0) -> Answer:
        """The next response; raises `h11.RemoteProtocolError` for one that is cut or broken."""
        parser = h11.Connection(h11.CLIENT)
        parser.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
        parser.send(h11.EndOfMessage())
        if self._rest:
            parser.receive_data(self._rest)
            self._rest = b""
        found: Answer | None = None
        informational: list[int] = []
        async with asyncio.timeout(timeout):
            while True:
                event = parser.next_event()
                if event is h11.NEED_DATA:
                    parser.receive_data(await self.reader.read(65536))
                elif isinstance(event, h11.InformationalResponse):
                    informational.append(event.status_code)
                elif isinstance(event, h11.Response):
                    found = Answer(event.status_code, event.reason, list(event.headers), b"", informational)
                elif isinstance(event, h11.Data):
                    assert found is not None
                    found.body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    assert found is not None
                    self._rest = parser.trailing_data[0]
                    return found
                else:
                    raise ConnectionError(f"closed: {event!r}")

    async def ask(self, data: bytes, method: bytes = b"GET") -> Answer:
        """Sends and reads the answer."""
        await self.send(data)
        return await self.answer(method)

    async def is_closed(self, timeout: float = 9.0) -> bool:
        """Whether the gateway closes this connection (after anything it still sends), before it tires of waiting."""
        async with asyncio.timeout(timeout):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass
        return True


def get(path: str = "/", *fields: str, host: str = "gateway.test", version: str = "1.1") -> bytes:
    """A GET request's bytes."""
    lines = [f"GET {path} HTTP/{version}", f"Host: {host}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def post(path: str, body: bytes, *fields: str, host: str = "gateway.test") -> bytes:
    """A POST request's bytes with a Content-Length."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


async def ask_all(port: int, *requests: bytes) -> list[Answer]:
    """The answers to requests sent one after the other on one connection."""
    async with RawClient(port) as client:
        return [await client.ask(request) for request in requests]
