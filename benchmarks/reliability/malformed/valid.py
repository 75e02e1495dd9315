"""Requests that RFC 9110 and RFC 9112 allow: a gateway that refuses them is strict at somebody else's cost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.reliability.malformed.case import MARK, POST, Case, request

TARGET = b"/case/" + MARK
_PLACE = re.compile(rb"(?<!%)%b")

LINES = (
    b"GET %b HTTP/1.1", b"GET %b HTTP/1.0", b"HEAD %b HTTP/1.1", b"OPTIONS %b HTTP/1.1", b"DELETE %b HTTP/1.1",
    b"REPORT %b HTTP/1.1", b"PROPFIND %b HTTP/1.1", b"M-SEARCH %b HTTP/1.1", b"get %b HTTP/1.1",
    b"A!#$&'*+-.^_`|~ %b HTTP/1.1", b"QUERY %b HTTP/1.1", b"GET %b? HTTP/1.1", b"GET %b?a=b&c=d HTTP/1.1",
    b"GET %b?a=b;c=d HTTP/1.1", b"GET %b?? HTTP/1.1", b"GET %b?/?:@!$'()*+, HTTP/1.1", b"GET %b?a=%%00 HTTP/1.1",
    b"GET %b?a=%%2F%%5C HTTP/1.1", b"GET %b?a[]=b HTTP/1.1", b"GET %b?\"<>^`{|} HTTP/1.1",
    b"GET %b/%%E4%%B8%%AD HTTP/1.1", b"GET %b/a%%20b HTTP/1.1", b"GET %b/a:b@c HTTP/1.1",
    b"GET %b/!$&'()*+,=~ HTTP/1.1", b"GET %b/a...b HTTP/1.1", b"GET %b/.well-known HTTP/1.1", b"GET %b/%%41 HTTP/1.1",
    b"GET %b/%%7Euser HTTP/1.1", b"GET %b/a.b.c HTTP/1.1", b"GET %b/ HTTP/1.1", b"GET %b/%%e4%%b8%%ad HTTP/1.1",
    b"GET http://a.test%b HTTP/1.1", b"GET HTTP://a.test%b HTTP/1.1", b"GET http://A.test%b HTTP/1.1",
    b"OPTIONS * HTTP/1.1\r\nX-Case: %b", b"\r\nGET %b HTTP/1.1", b"GET %b/%b HTTP/1.1" % (b"%b", b"a" * 4000),
    b"GET %b?%b HTTP/1.1" % (b"%b", b"q" * 4000),
)  # fmt: skip

HOSTS = (
    b"a.test", b"A.TEST", b"a.test:80", b"a.test:8080", b"a.test.", b"127.0.0.1", b"127.0.0.1:80", b"[::1]",
    b"[::1]:80", b"xn--bcher-kva.test", b"a-b.test", b"a_b.test", b"localhost", b"1.test", b"a.test:",
    b"[2001:db8::1]:443", b"[::ffff:1.2.3.4]",
)  # fmt: skip

FIELDS = (
    b"X:", b"X: ", b"X:y", b"X: \t y \t ", b"X: a\tb", b"X: \xc3\xa9", b"X: \xff", b"!#$%&'*+-.^`|~: y",
    b"X: a, b,, c", b"X: \"a\\\"b\"", b"X: y\r\nX: z", b"Cookie: a=b\r\nCookie: c=d", b"Cookie: a=\"b\"; c=d",
    b"Accept: */*;q=0.8, text/html", b"Accept:", b"X: " + b"a" * 8000, b"X" * 200 + b": y", b"Connection: close",
    b"Connection: keep-alive", b"Connection: X\r\nX: y", b"Connection: close, X",
    b"Connection: Keep-Alive\r\nKeep-Alive: timeout=5", b"TE: trailers\r\nConnection: TE", b"Expect: 100-continue",
    b"Upgrade: h2c\r\nConnection: Upgrade", b"Upgrade: foo/2\r\nConnection: upgrade", b"Range: bytes=0-1",
    b"If-None-Match: \"x\", W/\"y\"", b"Authorization: Basic YTpi", b"Referer: http://b.test/?a=b#c",
    b"User-Agent: a (b; c) d/1.0", b"Via: 1.1 a, 1.0 b (c)", b"Forwarded: for=\"[::1]\";proto=http",
    b"X-Forwarded-For: 1.2.3.4, 5.6.7.8", b"X-Request-Id: abc", b"Content-Length: 0",
    b"Content-Type: text/plain; charset=\"utf-8\"", b"Cache-Control: no-cache, no-store", b"Trailer: X",
    b"Content-Encoding: gzip", b"Max-Forwards: 0", b"Proxy-Connection: keep-alive", b"X: ;,=()<>@:\\\"/[]?{}",
    b"traceparent: 00-zz", b"Origin: null", b"X: 0\r\nx: 1\r\nX: 2", b"Sec-Fetch-Mode: cors",
    b"Date: Sun, 06 Nov 1994 08:49:37 GMT", b"From: a@b.test", b"Accept-Encoding: gzip;q=0, *",
)  # fmt: skip

CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = (
    b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\n\r\n", b"5;a\r\nhello\r\n0\r\n\r\n",
    b"5;a=\"b;c\"\r\nhello\r\n0;z\r\n\r\n", b"05\r\nhello\r\n00\r\n\r\n", b"A\r\nhellohello\r\n0\r\n\r\n",
    b"a\r\nhellohello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"5\r\nhello\r\n0\r\nX: y\r\nZ: \xff\r\n\r\n", b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", b"2\r\n\r\n\r\n0\r\n\r\n",
    b"5 ;a\r\nhello\r\n0\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n0\r\n\r\n",
    b"7\r\n\x00\x01\r\n\xffab\r\n0\r\n\r\n",
)  # fmt: skip


def cases() -> Iterator[Case]:
    """The lists above."""
    for line in LINES:
        yield _valid("request line", line, request(line=_filled(line)))
    for host in HOSTS:
        yield _valid("host", host, request(host=b"Host: " + host + b"\r\n"))
    yield _valid("host", b"HTTP/1.0 without", request(line=b"GET " + TARGET + b" HTTP/1.0", host=b""))
    for field in FIELDS:
        yield _valid("field", field, request(field))
    for count in (50, 90):
        yield _valid("fields", b"%d" % count, request(*[b"X-%d: y" % number for number in range(count)]))
    for method in (b"POST", b"PUT", b"PATCH", b"GET", b"DELETE", b"OPTIONS", b"REPORT", b"HEAD"):
        line = POST.replace(b"POST", method)
        yield _valid("length", method, request(b"Content-Length: 5", line=line, body=b"hello"))
        yield _valid("chunked", method, request(CHUNKED, line=line, body=b"5\r\nhello\r\n0\r\n\r\n"))
    for body in CHUNKS:
        yield _valid("chunks", body, request(CHUNKED, line=POST, body=body))
    for coding in (b"transfer-encoding:chunked", b"TRANSFER-ENCODING: CHUNKED", b"Transfer-Encoding: \tChunked "):
        yield _valid("coding", coding, request(coding, line=POST, body=b"5\r\nhello\r\n0\r\n\r\n"))
    yield _valid("expectation", b"", request(b"Expect: 100-continue", b"Content-Length: 5", line=POST, body=b"hello"))
    yield _valid("none", b"POST without a length", request(line=POST))


def _valid(group: str, name: bytes, data: bytes) -> Case:
    return Case(f"valid {group}", repr(name[:40]), data, "valid", POLICY.get(name, ""))


POLICY: dict[bytes, str] = {}
"""What this gateway refuses although it is valid, and why."""


def _filled(line: bytes) -> bytes:
    """The line with the case's target in the place of `%b`, and `%` for `%%`."""
    return _PLACE.sub(TARGET, line).replace(b"%%", b"%")
