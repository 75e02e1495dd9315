"""The request head: what RFC 9112 allows is read, everything else refused with the right status."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.http1.errors import MalformedMessage
from proxy.http1.framing import CHUNKED
from proxy.http1.request_head import RequestHead, parse_request_head


def parse(text: bytes) -> RequestHead:
    return parse_request_head(text, max_line=200, max_fields=10)


def refusal(text: bytes) -> int:
    with pytest.raises(MalformedMessage) as caught:
        parse(text)
    return caught.value.status


def test_a_plain_request_is_read_in_order():
    head = parse(b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-One:  1 \r\nX-one: 2")
    assert (head.method, head.target, head.version, head.length) == ("GET", b"/a?b=c", 11, 0)
    assert head.headers == [(b"host", b"x"), (b"x-one", b"1"), (b"x-one", b"2")]


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        (b"", 0),
        (b"\r\nContent-Length: 12", 12),
        (b"\r\nTransfer-Encoding: chunked", CHUNKED),
        (b"\r\nTransfer-Encoding: Chunked", CHUNKED),
    ],
)
def test_f2_to_f4_the_length_has_one_reading(fields, length):
    assert parse(b"POST / HTTP/1.1\r\nHost: x" + fields).length == length


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 1\r\nTransfer-Encoding: chunked",
        b"Content-Length: 1\r\nContent-Length: 1",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: 1, 1",
        b"Content-Length: +1",
        b"Content-Length: -1",
        b"Content-Length: 1_0",
        b"Content-Length: 0x1",
        b"Content-Length:",
        b"Content-Length: 99999999999999999999",
        "Content-Length: \u0661".encode(),
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ],
)
def test_g408_an_ambiguous_length_is_refused(fields):
    assert refusal(b"POST / HTTP/1.1\r\nHost: x\r\n" + fields) == 400


@pytest.mark.parametrize(
    "coding", [b"gzip", b"gzip, chunked", b"chunked, chunked", b"identity", b"xchunked", b"chunked;a=b", b""]
)
def test_f3_any_other_coding_is_not_implemented(coding):
    assert refusal(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + coding) == 501


def test_f3_http_1_0_has_no_transfer_encoding():
    assert refusal(b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked") == 400


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1",  # no Host
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tfolded: c",
        b"GET / HTTP/1.1\r\nHost : x",
        b"GET / HTTP/1.1\r\nHost: x\r\nNo colon",
        b"GET / HTTP/1.1\r\nHost: x\r\n: empty name",
        b"GET / HTTP/1.1\r\nHost: x\r\nA\x00: b",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00c",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc",
        b"GET / HTTP/1.1\r\nHost: x\nA: b",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x7f",
        b"GET / HTTP/1.1\r\nHost: x\r\nA\xe9: b",
        b"GET  / HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1 \r\nHost: x",
        b" GET / HTTP/1.1\r\nHost: x",
        b"GET\t/ HTTP/1.1\r\nHost: x",
        b"GET / http/1.1\r\nHost: x",
        b"GET / HTTP/1.2\r\nHost: x",
        b"GET /\r\nHost: x",
        b"G{T / HTTP/1.1\r\nHost: x",
        b"",
        b"\r\nGET / HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Type: a\r\nContent-Type: b",
    ],
)
def test_g408_h6_h7_h8_f6_broken_heads_are_refused(head):
    assert refusal(head) == 400


def test_f1_another_major_version_is_not_supported():
    assert refusal(b"GET / HTTP/2.0\r\nHost: x") == 505


def test_h10_each_limit_stands_at_its_border():
    line = b"GET /" + b"a" * (200 - len(b"GET / HTTP/1.1")) + b" HTTP/1.1"
    assert len(line) == 200
    assert parse(line + b"\r\nHost: x")
    assert refusal(line.replace(b"/a", b"/aa") + b"\r\nHost: x") == 414
    fields = b"".join(b"\r\nA%d: b" % n for n in range(9))
    assert parse(b"GET / HTTP/1.1\r\nHost: x" + fields)
    assert refusal(b"GET / HTTP/1.1\r\nHost: x\r\nB: c" + fields) == 431


@pytest.mark.parametrize(
    ("version", "fields", "keeps"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"\r\nConnection: close", False),
        (b"1.1", b"\r\nConnection: x, Close", False),
        (b"1.1", b"\r\nConnection: keep-alive", True),
        (b"1.0", b"", False),
        (b"1.0", b"\r\nConnection: Keep-Alive", True),
        (b"1.1", b"\r\nConnection: a\r\nConnection: close", False),
    ],
)
def test_keep_alive_follows_rfc_9112_section_9_3(version, fields, keeps):
    assert parse(b"GET / HTTP/" + version + b"\r\nHost: x" + fields).wants_keep_alive is keeps


@given(
    st.lists(
        st.tuples(
            st.text("abcXYZ09-_!~", min_size=1, max_size=8).filter(
                lambda name: name.lower() not in ("host", "content-length", "te")
            ),
            st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20).map(str.strip),
        ),
        max_size=6,
    )
)
def test_valid_fields_are_read_as_h11_reads_them(fields):
    lines = "".join(f"\r\n{name}: {value}" for name, value in fields)
    block = f"GET / HTTP/1.1\r\nHost: x{lines}".encode()
    theirs = h11.Connection(h11.SERVER)
    theirs.receive_data(block + b"\r\n\r\n")
    event = theirs.next_event()
    assert isinstance(event, h11.Request)
    assert parse(block).headers == [(bytes(name), bytes(value)) for name, value in event.headers]


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_refused_never_worse(data):
    try:
        head = parse(b"GET / HTTP/1.1\r\nHost: x\r\n" + data)
    except MalformedMessage:
        return
    assert not any(b"\r" in value or b"\n" in value or b"\0" in value for _, value in head.headers)


def parse_after(before: bytes, text: bytes) -> RequestHead:
    return parse_request_head(text, max_line=200, max_fields=10, before=parse(before))


@pytest.mark.parametrize(
    "text",
    [
        b"GET /a HTTP/1.1\r\nHost: x\r\nX-One: 1",
        b"POST /b?c HTTP/1.1\r\nHost: x\r\nX-One: 1",
        b"GET /a HTTP/1.1\r\nHost: x\r\nX-One: 2",
        b"GET /a HTTP/1.1\r\nHost: x",
        b"GET /a HTTP/1.0\r\nHost: x\r\nX-One: 1",
        b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3",
    ],
)
def test_p1_a_head_is_read_alike_whatever_came_before_it(text):
    found, alone = parse_after(b"GET /a HTTP/1.1\r\nHost: x\r\nX-One: 1", text), parse(text)
    for name in ("method", "target", "version", "headers", "fields", "length", "raw", "raw_fields"):
        assert getattr(found, name) == getattr(alone, name), name


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (b"GET / HTTP/1.0\r\nX-One: 1", b"GET / HTTP/1.1\r\nX-One: 1"),
        (b"GET / HTTP/1.0", b"GET / HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nHost: x", b"GET  / HTTP/1.1\r\nHost: x"),
        (b"GET / HTTP/1.1\r\nHost: x", b"GET /\x00 HTTP/1.1\r\nHost: x"),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked",
            b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked",
        ),
    ],
)
def test_p1_what_is_refused_alone_is_refused_after_a_good_head_with_the_same_fields(before, text):
    with pytest.raises(MalformedMessage):
        parse_after(before, text)
