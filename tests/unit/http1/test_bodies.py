"""Bodies: the same payload however the bytes are cut, and nothing outside the grammar."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.http1.body import LengthBody, UntilCloseBody, body_of
from proxy.http1.chunked import LAST_CHUNK, ChunkedBody, chunk, last_chunk
from proxy.http1.errors import IncompleteMessage, MalformedMessage
from proxy.http1.framing import CHUNKED, UNTIL_CLOSE


def test_body_of_knows_the_three_kinds():
    kinds = [type(body_of(length)) for length in (5, CHUNKED, UNTIL_CLOSE)]
    assert kinds == [LengthBody, ChunkedBody, UntilCloseBody]


@given(st.binary(max_size=60), st.binary(max_size=20), st.lists(st.integers(0, 80), max_size=4))
def test_a_length_body_takes_its_bytes_and_no_more(payload, after, cuts):
    body = LengthBody(len(payload))
    assert fed(body, payload + after, cuts) == (payload, after)
    body.end()


def test_f11_a_length_body_cut_short_is_incomplete():
    body = LengthBody(5)
    body.feed(b"abc")
    with pytest.raises(IncompleteMessage):
        body.end()


def test_a_body_until_close_ends_with_the_close():
    body = UntilCloseBody()
    assert body.feed(b"abc") == (b"abc", b"")
    assert not body.done
    body.end()
    assert body.done


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=5),
    st.sampled_from([b"", b"GET / HTTP/1.1\r\n"]),
    st.lists(st.integers(0, 120), max_size=5),
    st.booleans(),
)
def test_f5_a_chunked_body_reads_the_same_however_it_is_cut(payloads, after, cuts, with_trailer):
    trailers = [(b"x-sum", b"1")] if with_trailer else []
    data = b"".join(map(chunk, payloads)) + last_chunk(trailers) + after
    body = ChunkedBody()
    assert fed(body, data, cuts) == (b"".join(payloads), after)
    assert body.trailers == trailers


def fed(body, data: bytes, cuts: list[int]) -> tuple[bytes, bytes]:
    borders = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    payload, buffer = b"", b""
    for start, end in itertools.pairwise(borders):
        piece, buffer = body.feed(buffer + data[start:end])
        payload += piece
    assert body.done
    return payload, buffer


def test_f5_chunk_extensions_are_dropped():
    assert ChunkedBody().feed(b'5;a="b";c\r\nhello\r\n0;x\r\n\r\n') == (b"hello", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"0x5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b"5_0\r\nhello\r\n",
        b" 5\r\nhello\r\n",
        b"5 \r\nhello\r\n",
        b"\r\nhello\r\n",
        b"g\r\nhello\r\n",
        b"5\nhello\r\n",
        b"5\r\nhelloX\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\rhello",
        b"5;a\x00b\r\nhello\r\n",
        b"5;a\nb\r\nhello\r\n",
        b"1234567890123456\r\n",
        b"0\r\nbad trailer\r\n\r\n",
        b"0\r\n folded: x\r\n\r\n",
        b"5;" + b"a" * 5000,
    ],
)
def test_f5_anything_else_is_refused(data):
    with pytest.raises(MalformedMessage):
        feed_all(ChunkedBody(), data, b"\r\n0\r\n\r\n")


def feed_all(body, *pieces: bytes) -> None:
    rest = b""
    for piece in pieces:
        _, rest = body.feed(rest + piece)


def test_h10_trailers_have_a_limit():
    with pytest.raises(MalformedMessage):
        ChunkedBody().feed(b"0\r\n" + b"a: b\r\n" * 4000)


def test_f11_a_chunked_body_without_its_last_chunk_is_incomplete():
    body = ChunkedBody()
    body.feed(chunk(b"abc"))
    with pytest.raises(IncompleteMessage):
        body.end()


def test_the_last_chunk_is_what_rfc_9112_says():
    assert last_chunk([]) == LAST_CHUNK == b"0\r\n\r\n"
