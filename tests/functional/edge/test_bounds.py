"""What strangers choose costs no more than it should: memory by their names, time by their packets (T5, T6)."""

from __future__ import annotations

import time
from itertools import accumulate

import pytest

from proxy.caching.cache_control import _remembered, cache_control
from proxy.caching.tags import tags_of
from proxy.forwarding.forwarded import client_address
from proxy.forwarding.outgoing import _fates, client_fields
from proxy.forwarding.trusted_peers import TrustedPeers
from proxy.http1.chunked import ChunkedBody
from proxy.http1.errors import MalformedMessage
from proxy.http1.fields import _lines, _names, parse_fields
from proxy.secrets_mask import mask_target
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


def test_r03_long_field_names_are_not_kept_at_all():
    """Two thousand of 60 KB each would be 120 MB a memo."""
    _names.clear()
    _fates.clear()
    for number in range(100):
        parsed = parse_fields([b"", b"%d-" % number + b"x" * 60_000 + b": y"])
        assert client_fields(parsed) == parsed
    assert max(map(len, [*_names, *_fates]), default=0) <= 64


def test_h10_a_trailer_section_is_bounded_however_it_comes():
    fields = b"".join(b"x-%d: %b\r\n" % (number, b"y" * 1000) for number in range(17))
    for pieces in ([b"0\r\n" + fields + b"\r\n"], [b"0\r\n" + fields, b"\r\n"]):
        body = ChunkedBody()
        with pytest.raises(MalformedMessage, match="too long"):
            list(accumulate(pieces, lambda rest, piece: body.feed(rest + piece)[1], initial=b""))  # noqa: B023 - used here
    with pytest.raises(MalformedMessage, match="more than 32"):
        ChunkedBody().feed(b"0\r\n" + b"x: y\r\n" * 33 + b"\r\n")


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


LONG = 60_000
"""Bytes that a field may have by default."""


def test_t5_no_field_a_stranger_writes_takes_more_than_its_length_in_time():
    """Each of these took seconds to minutes where its length was squared."""
    blanks = (b"=" + b" " * LONG + b"=", b"a" + b" " * LONG + b"b", b"," * LONG)
    for value in (*blanks, b'a="' * (LONG // 3), b'a="\\' * (LONG // 4)):
        for _ in range(20):
            cache_control(value + b"1")
    for value in (b"a" + b" " * LONG + b"b", b" ," * (LONG // 2)):
        for _ in range(20):
            tags_of([(b"cache-tag", value), (b"surrogate-key", value)])
    for query in (b"%41" * 2700, b"a%" * 4000, b"&%41" * 2000):
        for _ in range(200):
            mask_target(b"/?" + query)


def test_t5_long_values_are_not_remembered():
    _remembered.cache_clear()
    for number in range(10):
        cache_control(b"x" * LONG + b"%d" % number)
    assert _remembered.cache_info().currsize == 0


def test_h4_a_chain_is_read_from_its_end_and_no_further_than_anybody_needs():
    trusted = TrustedPeers(("10.0.0.0/8",))
    chain = [(b"x-forwarded-for", b",".join([b"192.0.2.1", *[b"10.0.%d.%d" % divmod(n, 250) for n in range(5000)]]))]
    assert client_address("10.0.0.1", chain, trusted) == "10.0.19.150"
    assert client_address("10.0.0.1", [(b"x-forwarded-for", b"192.0.2.1, 10.0.0.2")], trusted) == "192.0.2.1"


async def test_t5_f16_a_flood_of_pipelined_requests_lets_others_in_between():
    """Requests that are answered without waiting for anybody would otherwise be served all in one go."""
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as flood, RawClient(gateway.port) as other:
        served = []

        def noting(handle):
            return lambda head, *rest: served.append(head.target) or handle(head, *rest)

        await other.ask(get("/first"))
        gateway.server.handle = noting(gateway.server.handle)
        gateway.server.handle_at_once = noting(gateway.server.handle_at_once)
        await flood.send(get("/flood") * 600)
        assert (await other.ask(get("/other"))).status == 404
        assert served.index(b"/other") < 100
