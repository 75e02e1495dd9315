"""Request lines, hosts, fields that two readers could see differently (RFC 9112 sections 3, 5; F1, F6, H6 to H8)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.reliability.malformed.case import HIDDEN, MARK, Case, request

TARGET = b"/case/" + MARK
_PLACE = re.compile(rb"(?<!%)%b")

TWO_HOSTS = (
    b"Host: a.test\r\nHost: a.test\r\n", b"Host: a.test\r\nHost: b.test\r\n", b"Host: a.test\r\nhost: b.test\r\n",
    b"Host: a.test\r\nHOST: a.test\r\n", b"Host: a.test\r\nHost:\r\n", b"Host:\r\nHost: a.test\r\n",
    b"Host: a.test, b.test\r\n", b"Host: a.test b.test\r\n", b"Host: a.test\r\n Host: b.test\r\n",
    b"Host: a.test\r\n b.test\r\n", b"Host: a.test\r\nHost : b.test\r\n", b" Host: a.test\r\nHost: b.test\r\n",
    b"Host: a.test\r\nX: y\r\nHost: b.test\r\n", b"Host: a.test\nHost: b.test\r\n", b"Host: a.test\rHost: b.test\r\n",
    b"Host: a.test\r\nHost\t: b.test\r\n",
)  # fmt: skip

BAD_HOSTS = (
    b"", b"Host : a.test\r\n", b"Host: a.test/\r\n", b"Host: a.test/x\r\n", b"Host: a.test?x\r\n",
    b"Host: a.test#x\r\n", b"Host: u@a.test\r\n", b"Host: u:p@a.test\r\n", b"Host: a.test:80:80\r\n",
    b"Host: a.test:x\r\n", b"Host: a.test:-1\r\n", b"Host: a.test:+80\r\n", b"Host: a.test:99999\r\n",
    b"Host: [::1\r\n", b"Host: ::1]\r\n", b"Host: [::1]x\r\n", b"Host: [::g]\r\n", b"Host: [a.test]\r\n",
    b"Host: a\\b\r\n", b"Host: a\tb\r\n", b"Host: a%00b\r\n", b"Host: a\x00\r\n", b"Host: \"a.test\"\r\n",
    b"Host: <a.test>\r\n", b"Host: {a}\r\n", b"Host: a.test;x\r\n", b"Host: a.test|b\r\n", b"Host: a.t\xc3\xa9st\r\n",
    b"Host: http://a.test\r\n", b"Host: //a.test\r\n", b"Host: a.test\\@b.test\r\n",
)  # fmt: skip

BAD_LINES = (
    b"GET  %b HTTP/1.1", b"GET %b  HTTP/1.1", b" GET %b HTTP/1.1", b"GET %b HTTP/1.1 ", b"GET\t%b\tHTTP/1.1",
    b"GET %b\tHTTP/1.1", b"GET %b", b"GET %b HTTP/1.1 HTTP/1.1", b"GET %b http/1.1", b"GET %b HTTP/1.10",
    b"GET %b HTTP/01.1", b"GET %b HTTP/1,1", b"GET %b HTTP/1.", b"GET %b HTTP/.1", b"GET %b HTTP 1.1",
    b"GET %b HTTPS/1.1", b"GET %b HTTP/+1.1", b"GET %b HTTP/1.1\x00", b"GE\x00T %b HTTP/1.1", b"G(T %b HTTP/1.1",
    b"GE:T %b HTTP/1.1", b"\"GET\" %b HTTP/1.1", b"GET a.test%b HTTP/1.1", b"GET %b\x00 HTTP/1.1",
    b"GET %b\x7f HTTP/1.1", b"GET %b#frag HTTP/1.1", b"GET %b%%zz HTTP/1.1", b"GET %b%%0 HTTP/1.1",
    b"GET %b%%00 HTTP/1.1", b"GET %b\\x HTTP/1.1", b"GET %b?\x01 HTTP/1.1", b"GET\r%b HTTP/1.1", b"GET %b\rHTTP/1.1",
    b"GET\n%b HTTP/1.1", b"GET %b\r HTTP/1.1", b"\x00GET %b HTTP/1.1", b"\xef\xbb\xbfGET %b HTTP/1.1",
    b"GET %b\x0bHTTP/1.1", b"GET %b\xa0HTTP/1.1", b"GET %b \x00HTTP/1.1", b"GET %b HTTP/1.1\x0b",
    b"GET %b\xc2\xa0 HTTP/1.1", b"GET http://b.test%b HTTP/1.1", b"GET http://u@a.test%b HTTP/1.1",
    b"GET ftp://a.test%b HTTP/1.1", b"GET http:/%b HTTP/1.1", b"GET http:a.test%b HTTP/1.1",
    b"GET http://%b HTTP/1.1", b"GET http://a.test:80:80%b HTTP/1.1", b"GET javascript:%b HTTP/1.1",
    b"GET http://a.test\\@b.test%b HTTP/1.1", b"GET file://%b HTTP/1.1", b"GET a.test:80 HTTP/1.1\r\nX-Case: %b",
    b"GET * HTTP/1.1\r\nX-Case: %b", b"POST * HTTP/1.1\r\nX-Case: %b", b"CONNECT a.test:80 HTTP/1.1\r\nX-Case: %b",
    b"CONNECT %b HTTP/1.1", b"CONNECT a.test HTTP/1.1\r\nX-Case: %b",
    b"CONNECT http://a.test/ HTTP/1.1\r\nX-Case: %b", b"TRACE %b HTTP/1.1",
)  # fmt: skip

OTHER_LINES = (
    b"GET %b HTTP/1.2", b"GET %b HTTP/1.9", b"GET %b HTTP/2.0", b"GET %b HTTP/0.9", b"GET %b HTTP/3.0",
    b"GET /%b HTTP/1.1", b"GET %b/../x HTTP/1.1", b"GET %b/%%2e%%2e/x HTTP/1.1", b"GET %b/%%2f/x HTTP/1.1",
    b"GET %b;x=y HTTP/1.1", b"GET http://a.test:80%b HTTP/1.1", b"GET HTTP://A.TEST%b HTTP/1.1", b"get %b HTTP/1.1",
    b"GETS %b HTTP/1.1", b"GET https://a.test%b HTTP/1.1", b"GET //b.test%b HTTP/1.1", b"GET /.%b HTTP/1.1",
    b"GET %b?\xff HTTP/1.1", b"GET %b\xff HTTP/1.1", b"GET %b?a#b HTTP/1.1", b"PRI * HTTP/2.0\r\nX-Case: %b",
    b"\r\nGET %b HTTP/1.1", b"\r\n\r\nGET %b HTTP/1.1", b"\nGET %b HTTP/1.1", b"\r\rGET %b HTTP/1.1",
)  # fmt: skip

BAD_FIELDS = (
    b"X : y", b"X\t: y", b": y", b" : y", b"X", b"X y", b"X\x00: y", b"X\x01: y", b"X: y\x00", b"X: \x00y",
    b"X: y\x01", b"X: y\x7f", b"X: a\rb", b"X: a\nb", b"X: a\r\rb", b"X: a\r", b"X: a\n", b"X\r: y", b"X\n: y",
    b"X(: y", b"X,: y", b"X;: y", b"X/: y", b"X[: y", b"X{: y", b"X\": y", b"X@: y", b"X\\: y", b"X?: y", b"X=: y",
    b"X<: y", b"\xc3\xa9: y", b"X\xa0: y", b"X: y\r\n z", b"X: y\r\n\tz", b"X:\r\n y", b" X: y", b"\tX: y",
    b"X: \x1b[31m", b"X: \x0b", b"X: \x0c", b"X: \x1c", b"X: \x1d", b"X: \x1e", b"X: \x1f",
)  # fmt: skip

OTHER_FIELDS = (
    b"X: y\x85z", b"X: y\xe2\x80\xa8z", b"X_Y: z", b"X.Y: z", b"X: \xff\xfe", b"Connection: close, Host",
    b"Connection: Content-Length", b"Connection: X-Forwarded-For, X-Real-IP", b"Connection: \x41\x00",
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
    b"Upgrade: websocket\r\nConnection: Upgrade", b"Expect: 100-continue", b"Expect: 200-ok",
    b"Expect: 100-continue, x", b"Expect:", b"X-HTTP-Method-Override: CONNECT", b"X-Original-URL: /hidden",
    b"Content-Type: a\r\nContent-Type: b", b"Authorization: a\r\nAuthorization: b", b"Range: bytes=0-0,0-0",
    b"Content-Encoding: gzip, gzip", b"Proxy-Connection: keep-alive", b"Trailer: Content-Length",
    b"TE: trailers, chunked", b"Via: 1.1 x, 1.1 x", b"X-Forwarded-For: \xff", b"Content-Disposition: \xc4\x8d",
)  # fmt: skip

WHOLE = {
    "h2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    "tls hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "bare line feeds": b"GET /case/%b HTTP/1.1\nHost: a.test\n\n" % MARK,
    "bare carriage returns": b"GET /case/%b HTTP/1.1\rHost: a.test\r\r" % MARK,
    "line feed at the end": b"GET /case/%b HTTP/1.1\r\nHost: a.test\r\n\n" % MARK,
    "mixed ends": b"GET /case/%b HTTP/1.1\nHost: a.test\r\n\r\n" % MARK,
    "field before the line": b"Host: a.test\r\nGET /case/%b HTTP/1.1\r\n\r\n" % MARK,
    "a blank before the first field": b"GET /case/%b HTTP/1.1\r\n Host: a.test\r\n\r\n" % MARK,
    "proxy protocol": b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n" + request(),
    "HTTP/0.9": b"GET /case/%b\r\n" % MARK,
    "a request line of 100 KB": b"GET /case/%b%b HTTP/1.1\r\nHost: a.test\r\n\r\n" % (MARK, b"a" * 100_000),
    "a field of 100 KB": request(b"X: " + b"a" * 100_000),
    "a name of 100 KB": request(b"X" * 100_000 + b": y"),
    "5000 fields": request(*[b"X%d: y" % number for number in range(5000)]),
    "a hidden request after an upgrade": request(
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        body=HIDDEN,
    ),
    "a hidden request after h2c": request(
        b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings", b"HTTP2-Settings: AA", body=HIDDEN
    ),
    "a hidden request after CONNECT": b"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\nX: %b\r\n\r\n" % MARK + HIDDEN,
    "an expectation, the body at hand": request(
        b"Expect: 100-continue", b"Content-Length: 5", line=b"POST /case/%b HTTP/1.1" % MARK, body=b"hello"
    ),
    "a body in a GET": request(b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
}


def cases() -> Iterator[Case]:
    """The lists above."""
    for host in TWO_HOSTS:
        yield Case("two hosts", repr(host), request(host=host), "refuse")
    for host in BAD_HOSTS:
        yield Case("host", repr(host), request(host=host), "refuse")
    for line in BAD_LINES:
        yield Case("request line", repr(line), request(line=_filled(line)), "refuse")
    for line in OTHER_LINES:
        yield Case("other request line", repr(line), request(line=_filled(line)))
    for field in BAD_FIELDS:
        yield Case("field", repr(field), request(field), "refuse")
        yield Case("field first", repr(field), request(host=field + b"\r\nHost: a.test\r\n"), "refuse")
    for field in OTHER_FIELDS:
        yield Case("other field", repr(field), request(field))
    for name, data in WHOLE.items():
        yield Case("whole", name, data)


def _filled(line: bytes) -> bytes:
    """The line with the case's target in the place of `%b`, and `%` for `%%`."""
    return _PLACE.sub(TARGET, line).replace(b"%%", b"%")
