"""Another parser's reading of what ours accepts is the same (P1, F1 to F6): h11 knows nothing of this project."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.http1.body import body_of
from proxy.http1.errors import MalformedMessage
from proxy.http1.framing import CHUNKED
from proxy.http1.request_head import RequestHead, parse_request_head

_LINES = [
    b"Host: a", b"Host: a", b"Host:", b"host: b", b"Content-Length: 5", b"Content-Length: 05", b"Content-Length: +5",
    b"Content-Length: 5, 5", b"Transfer-Encoding: chunked", b"Transfer-Encoding: CHUNKED ", b"Transfer-Encoding: gzip",
    b"Transfer-Encoding : chunked", b"X: y", b"X:\ty\t", b"X: \xff", b"X: a\x85b", b"X: a\rb", b"X: a\nb", b"X: a\x00b",
    b" folded", b"X y", b": y", b"Connection: close", b"Expect: 100-continue", b"X_Y: z", b"!#$%&'*+-.^_`|~: y", b"",
]  # fmt: skip
_FIRST = [
    b"GET / HTTP/1.1", b"POST /x?y HTTP/1.1", b"GET / HTTP/1.0", b"GET  / HTTP/1.1", b"GET / HTTP/1.1 ",
    b"GET /\tHTTP/1.1", b"G(T / HTTP/1.1", b"GET / HTTP/2.0", b"get * HTTP/1.1",
]  # fmt: skip
heads = st.builds(
    lambda first, lines: b"\r\n".join([first, *lines]),
    st.sampled_from(_FIRST[:3] * 4 + _FIRST),
    st.lists(st.sampled_from(_LINES), max_size=5),
)


@given(heads)
def test_f1_f6_what_is_accepted_reads_the_same_to_another_parser(block: bytes) -> None:
    try:
        ours = parse_request_head(block, max_line=8192, max_fields=100)
    except MalformedMessage:
        return
    theirs = h11.Connection(h11.SERVER)
    theirs.receive_data(block + b"\r\n\r\n")
    event = theirs.next_event()
    assert isinstance(event, h11.Request)
    assert (event.method.decode(), event.target) == (ours.method, ours.target)
    assert list(event.headers) == [(name, normal(name, value)) for name, value in ours.headers]
    assert framing(event) == ours.length


def normal(name: bytes, value: bytes) -> bytes:
    """h11 writes these anew."""
    return value.lower() if name == b"transfer-encoding" else value


def framing(event: h11.Request) -> int:
    """The length of the body as h11 sees it."""
    fields = dict(event.headers)
    return CHUNKED if b"transfer-encoding" in fields else int(fields.get(b"content-length", b"0"))


_CHUNKS = [
    b"0\r\n\r\n", b"5\r\nhello\r\n", b"05\r\nhello\r\n", b"1\r\na\r\n", b"a;b=c\r\n0123456789\r\n",
    b"5 ;a\r\nhello\r\n", b"+5\r\nhello\r\n", b"0x5\r\nhello\r\n", b"5\nhello\n", b"5\r\nhellos\r\n",
    b"5;\nx\r\nhello\r\n", b"0\r\nX: y\r\n\r\n", b"0\r\nX : y\r\n\r\n", b"\r\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(_CHUNKS), max_size=5).map(b"".join))
def test_f5_a_body_that_is_accepted_is_the_same_body_to_another_parser(data: bytes) -> None:
    try:
        body = body_of(CHUNKED)
        payload, rest = body.feed(data)
    except MalformedMessage:
        return
    theirs = h11.Connection(h11.SERVER)
    theirs.receive_data(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + data)
    read, ended = b"", False
    while True:
        try:
            event = theirs.next_event()
        except h11.RemoteProtocolError:  # blanks before an extension, which RFC 9112 section 7.1.1 allows
            assert b" ;" in data
            return
        if isinstance(event, h11.Data):
            read += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            ended = True
        elif not isinstance(event, h11.Request):
            break
    assert (read, ended) == (payload, body.done)
    assert not ended or theirs.trailing_data[0] == rest


@pytest.mark.parametrize("block", [b"", b"\r\n", b" ", b"GET", b"GET /", b"\x00", b"\xff" * 100, b":" * 9, b"\r" * 9])
def test_f17_what_is_no_head_at_all_is_refused_and_breaks_nothing(block: bytes) -> None:
    with pytest.raises(MalformedMessage):
        parse_request_head(block, max_line=8192, max_fields=100)


def test_f1_a_parsed_head_knows_its_host() -> None:
    head = parse_request_head(b"GET / HTTP/1.1\r\nHost: a", max_line=100, max_fields=2)
    assert isinstance(head, RequestHead)
    assert head.fields[b"host"] == b"a"
