"""An upstream that keeps every byte, judges it by the letter of RFC 9112 and answers with what it was asked.

It knows nothing of the gateway's own code, and forgives nothing: what it notes as a fault would, in front of another
server, be read in two ways.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field

_TARGET = re.compile(rb"(?:GET|[!#$%&'*+.^_`|~0-9A-Za-z-]+) [!-~\x80-\xff]+ HTTP/1\.[01]")
_FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*")
_NUMBER = re.compile(rb"/(?:case|canary|hidden)/([0-9a-f]{8})|x-(?:case|x): ?/?(?:case/)?([0-9a-f]{8})", re.IGNORECASE)
_MARKED = re.compile(rb"[0-9a-f]{8}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")


@dataclass(slots=True)
class Seen:
    """One request as it came: its place in time, its first line, the case it belongs to (-1: not to be told)."""

    serial: int
    line: bytes
    number: int
    complete: bool = False


@dataclass(slots=True)
class Record:
    """Everything that came."""

    requests: list[Seen] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, bytes] = field(default_factory=dict)

    def fault(self, what: str, data: bytes) -> None:
        """Notes what must never be sent to an upstream, with the first example."""
        self.faults[what] += 1
        self.examples.setdefault(what, data[:600])


class Recorder:
    """Listens on loopback."""

    def __init__(self) -> None:
        self.record = Record()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._serials = 0

    async def __aenter__(self) -> Recorder:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
                seen = Seen(self._next_serial(), head.partition(b"\r\n")[0], _number(head))
                self.record.requests.append(seen)
                length = self._judge(head)
                body = await self._chunks(reader, head) if length < 0 else await reader.readexactly(length)
                if seen.number >= 0 and _number(body) not in (-1, seen.number):
                    self.record.fault("two clients in one request", head + b"\r\n\r\n" + body)
                seen.complete = True
                answer = b"" if seen.line.startswith(b"HEAD ") else seen.line
                writer.write(
                    b"HTTP/1.1 200 OK\r\nx-recorder: %d\r\ncontent-length: %d\r\n\r\n%b"
                    % (seen.serial, len(seen.line), answer)
                )
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    def _next_serial(self) -> int:
        self._serials += 1
        return self._serials

    def _judge(self, head: bytes) -> int:
        """The length of the body, -1 for chunks."""
        line, *lines = head.split(b"\r\n")
        if not _TARGET.fullmatch(line):
            self.record.fault("request line", head)
        if any(not _FIELD.fullmatch(one) for one in lines):
            self.record.fault("field", head)
        values: dict[bytes, list[bytes]] = {}
        for one in lines:
            name, _, value = one.partition(b":")
            values.setdefault(name.lower(), []).append(value.strip(b" \t"))
        lengths, codings = values.get(b"content-length", []), values.get(b"transfer-encoding", [])
        for what, wrong in (
            ("hosts", len(values.get(b"host", [])) != 1),
            ("length and coding", bool(lengths and codings)),
            ("lengths", len(lengths) > 1 or not all(value.isdigit() for value in lengths)),
            ("codings", bool(codings) and [value.lower() for value in codings] != [b"chunked"]),
            ("expectation", values.get(b"expect", [b"100-continue"]) != [b"100-continue"]),
        ):
            if wrong:
                self.record.fault(what, head)
        return -1 if codings else int(lengths[0]) if lengths and lengths[0].isdigit() else 0

    async def _chunks(self, reader: asyncio.StreamReader, head: bytes) -> bytes:
        body = b""
        while True:
            line = await reader.readuntil(b"\r\n")
            found = _CHUNK.fullmatch(line)
            if found is None:
                self.record.fault("chunk size", head + b"\r\n\r\n" + body + line)
                raise ConnectionError
            size = int(found[1], 16)
            if not size:
                break
            piece = await reader.readexactly(size + 2)
            if piece[-2:] != b"\r\n":
                self.record.fault("chunk end", head + b"\r\n\r\n" + body + line + piece)
                raise ConnectionError
            body += piece[:-2]
        while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
            if not _FIELD.fullmatch(line[:-2]) or line.lower().startswith((b"content-length", b"transfer-", b"host")):
                self.record.fault("trailer", head + b"\r\n\r\n" + body + line)
        return body


def _number(data: bytes) -> int:
    """The case that these bytes belong to; -1 when they do not tell."""
    found = _NUMBER.search(data)
    return int(found[1] or found[2], 16) if found else -1
