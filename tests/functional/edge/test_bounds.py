"""What strangers choose costs no more than it should: memory by their names, time by their packets (T5, T6)."""

from __future__ import annotations

import time

import pytest

from proxy.http1.chunked import ChunkedBody
from proxy.http1.errors import MalformedMessage
from proxy.http1.fields import _lines, _names, parse_fields
from proxy.transport.stream import Stream
from tests.common.edge_gateway import edge_gateway, route, service, token
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted


async def test_one_token_is_remembered_once_however_it_is_written():
    """Otherwise one caller could fill every worker's memory with blanks, and push everybody else's token out."""
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(requires_auth=True), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        known = _principals(gateway)
        for blanks in (1, 2, 3, 50_000, 1):
            answer = await client.ask(get("/", f"Authorization: Bearer{' ' * blanks}{token()}"))
            assert answer.status == 200
        assert len(known) == 1


def _principals(gateway) -> dict:
    """What the one route's `authenticate` remembers."""
    route_found = next(iter(gateway.runtime.snapshot.table._any_host.below.values()))[0].payload
    cells = [cell.cell_contents for cell in route_found.chain[0].__closure__]
    return next(cell for cell in cells if hasattr(cell, "principals")).principals._known


def test_field_names_and_lines_are_not_kept_without_bound():
    for number in range(10_000):
        parse_fields([b"", b"x-%d: %d" % (number, number), b"x-long: " + b"y" * 600 + b"%d" % number])
    assert len(_names) <= _names.LIMIT
    assert len(_lines) <= _lines.LIMIT
    assert max(map(len, _lines)) <= _lines.LONGEST


async def test_h10_a_head_that_comes_byte_by_byte_is_not_read_from_its_start_each_time():
    """Four times the bytes cost four times as much; sixteen times when each looked at all that came before."""

    async def seconds(size: int) -> float:
        stream = _Dripped(b"a:\r\n" * 20_000)
        begun = time.process_time()
        with pytest.raises(MalformedMessage, match="longer"):
            await stream.read_head(size)
        return time.process_time() - begun

    few = min([await seconds(17_500) for _ in range(3)])
    assert min([await seconds(70_000) for _ in range(3)]) < 9 * few


@pytest.mark.parametrize(
    ("head", "is_whole"), [(b"A\r\nb: c\r\n\r\n", True), (b"A\r\nb\nc", False), (b"A\n\r\n", False)]
)
async def test_f6_a_head_is_the_same_head_however_it_is_cut(head, is_whole):
    stream = _Dripped(head)
    if is_whole:
        assert await stream.read_head(100) == head[:-4]
    else:
        with pytest.raises(MalformedMessage, match="CR LF"):
            await stream.read_head(100)


class _Dripped(Stream):
    """A stream whose bytes come one at a time."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._coming = iter(data)

    async def _more(self) -> None:  # type: ignore[override]
        self._buffer += bytes((next(self._coming),))


def test_f5_each_of_a_flood_of_tiny_chunks_costs_the_same():
    def seconds(count: int) -> float:
        begun = time.process_time()
        payload, rest = ChunkedBody().feed(b"1\r\na\r\n" * count)
        assert (len(payload), rest) == (count, b"")
        return time.process_time() - begun

    few = min(seconds(10_000) for _ in range(3))
    assert min(seconds(40_000) for _ in range(3)) < 9 * few
