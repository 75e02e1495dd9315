"""The response head, and the length of the body that follows it."""

from __future__ import annotations

import pytest

from proxy.http1.errors import MalformedMessage
from proxy.http1.fields import by_name
from proxy.http1.framing import CHUNKED, UNTIL_CLOSE, response_length
from proxy.http1.response_head import parse_response_head, serialise_head


def parse(text: bytes):
    return parse_response_head(text, max_fields=10)


def test_status_reason_and_fields_are_read():
    head = parse(b"HTTP/1.1 200 Very Fine\r\nSet-Cookie: a\r\nSet-Cookie: b")
    assert (head.status, head.reason, head.version) == (200, b"Very Fine", 11)
    assert head.headers == [(b"set-cookie", b"a"), (b"set-cookie", b"b")]


@pytest.mark.parametrize("line", [b"HTTP/1.1 204", b"HTTP/1.0 204 ", b"HTTP/1.1 204 No Content"])
def test_a_missing_reason_is_forgiven(line):
    assert parse(line).status == 204


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"200 OK",
        b"HTTP/0.9 200 OK",
        b"HTTP/2.0 200 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 099 x",
        b"HTTP/1.1 600 x",
        b"HTTP/1.1  200 OK",
        b"http/1.1 200 OK",
        b"HTTP/1.1 200\tOK",
        b"HTTP/1.1 2\xb20 OK",
    ],
)
def test_anything_else_is_not_http(line):
    with pytest.raises(MalformedMessage):
        parse(line)


@pytest.mark.parametrize(
    ("status", "headers", "version", "method", "length"),
    [
        (200, [(b"content-length", b"5")], 11, "GET", 5),
        (200, [(b"content-length", b"5")], 11, "HEAD", 0),
        (204, [(b"content-length", b"5")], 11, "GET", 0),
        (304, [(b"content-length", b"5")], 11, "GET", 0),
        (200, [(b"transfer-encoding", b"chunked")], 11, "GET", CHUNKED),
        (200, [(b"transfer-encoding", b"chunked")], 11, "HEAD", 0),
        (200, [], 11, "GET", UNTIL_CLOSE),
        (200, [], 10, "GET", UNTIL_CLOSE),
    ],
)
def test_f10_the_length_follows_rfc_9112_section_6_3(status, headers, version, method, length):
    assert response_length(status, dict(headers), version, method) == length


@pytest.mark.parametrize(
    ("status", "headers", "version"),
    [
        (200, [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")], 11),
        (200, [(b"content-length", b"5"), (b"content-length", b"5")], 11),
        (204, [(b"transfer-encoding", b"chunked")], 11),
        (200, [(b"transfer-encoding", b"chunked")], 10),
        (200, [(b"transfer-encoding", b"gzip")], 11),
        (200, [(b"content-length", b"-1")], 11),
    ],
)
def test_f10_f11_contradictions_are_refused(status, headers, version):
    with pytest.raises(MalformedMessage):
        response_length(status, by_name(headers, frozenset((b"content-length",))), version, "GET")


def test_a_head_is_written_as_it_was_read():
    raw = b"HTTP/1.1 201 Made Here\r\na: b\r\nset-cookie: c\r\nset-cookie: d"
    head = parse(raw)
    assert serialise_head(head.status, head.reason, head.headers) == raw + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "keeps"),
    [
        (b"HTTP/1.1 200 OK", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close", False),
        (b"HTTP/1.0 200 OK", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive", True),
    ],
)
def test_whether_the_upstream_keeps_the_connection(line, keeps):
    assert parse(line).keeps_alive is keeps


@pytest.mark.parametrize(
    ("said", "keeps"), [(b"", True), (b"\r\nContent-Length: 0", True), (b"\r\nContent-Length: 5", False)]
)
def test_f12_a_204_that_announces_a_body_may_send_it_late(said, keeps):
    assert parse(b"HTTP/1.1 204 No Content" + said).keeps_alive is keeps
