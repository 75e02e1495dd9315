"""Sends one case and its canary over one connection and reads what comes back, with somebody else's parser (h11)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import h11

from benchmarks.reliability.malformed.case import Case, canary

PATIENCE = 0.6
"""Seconds without a byte after which the gateway is taken to wait for more of the request."""
READY = 0.05
"""Seconds the canary waits for the case's answer, in every second case; otherwise both go out at once."""
BETWEEN = 0.004
"""Seconds between pieces, so that each is read on its own."""


@dataclass(slots=True)
class Heard:
    """What the client of one connection was told."""

    answers: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Status, serial of the recorder's request (0: the gateway's own answer), body."""
    closed: bool = False
    refused: bool = False
    """The connection was not even accepted."""
    garbage: bytes = b""


async def ask(port: int, case: Case, number: int, *, cuts: Sequence[int] = (), patience: float = PATIENCE) -> Heard:
    """Everything of one connection. With `cuts`, case and canary are sent in pieces that end at these places."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return Heard(refused=True)
    heard = Heard()
    received = b""
    try:
        data = case.data(number)
        if cuts:
            whole = data + canary(number)
            for begin, end in pairwise((0, *cuts, len(whole))):
                writer.write(whole[begin:end])
                await asyncio.sleep(BETWEEN)
        elif number % 2:
            writer.write(data)
            received += await _some(reader, READY)
            writer.write(canary(number))
        else:
            writer.write(data + canary(number))
        wanted = b"GET /canary/%08x" % number
        while not (heard.closed or wanted in received):
            piece = await _some(reader, patience)
            heard.closed = reader.at_eof()
            if not piece:
                break
            received += piece
    except (ConnectionError, OSError):
        heard.closed = True
    finally:
        writer.transport.abort()
    _take_apart(received, heard, case)
    return heard


async def _some(reader: asyncio.StreamReader, patience: float) -> bytes:
    try:
        async with asyncio.timeout(patience):
            return await reader.read(262_144)
    except TimeoutError:
        return b""


def _take_apart(data: bytes, heard: Heard, case: Case) -> None:
    """The answers in `data`. A HEAD's has no body, which only its asker knows: the first one's is the case's method."""
    method = "HEAD" if case.template.lstrip(b"\r\n").startswith(b"HEAD ") else "GET"
    while data:
        parser = h11.Connection(h11.CLIENT)
        parser.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
        parser.send(h11.EndOfMessage())
        parser.receive_data(data)
        if heard.closed:
            parser.receive_data(b"")
        try:
            data = _next_answer(parser, heard)
        except h11.RemoteProtocolError:
            heard.garbage = data[:200]
            return
        method = "GET"


def _next_answer(parser: h11.Connection, heard: Heard) -> bytes:
    """Takes the first answer; returns what follows it."""
    status, serial, body = 0, 0, b""
    while True:
        event = parser.next_event()
        if isinstance(event, h11.Response):
            status = event.status_code
            serial = int(dict(event.headers).get(b"x-recorder", b"0"))
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            heard.answers.append((status, serial, body))
            return parser.trailing_data[0]
        elif not isinstance(event, h11.InformationalResponse):
            if status:
                heard.answers.append((status, serial, body))
            return b""
