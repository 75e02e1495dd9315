"""The rules of docs/edge.md on framing, F1 to F17, each by what an upstream is sent and a client is told."""

from __future__ import annotations

import asyncio

import pytest

from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted
from tests.common.through_the_edge import is_refused, through

CHUNKED = "Transfer-Encoding: chunked"


def chunks(body: bytes, *fields: str, line: str = "POST / HTTP/1.1") -> bytes:
    """A request with a body in chunks as they are given."""
    return ("\r\n".join([line, "Host: x", CHUNKED, *fields]) + "\r\n\r\n").encode("latin-1") + body


@pytest.mark.parametrize(
    "hosts",
    [
        "", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host: a, b\r\n", "Host: a b\r\n", "Host: a/b\r\n",
        "Host: u@a\r\n", "Host: a:b\r\n", "Host: a:80:80\r\n", "Host: a:65536\r\n", "Host: [::1\r\n", "Host: [::g]\r\n",
        "Host: a\\b\r\n", "Host: a%00\r\n", "Host : a\r\n", "Host: http://a\r\n", "Host: \xe9\r\n", "Host: a?b\r\n",
        "Host: a#b\r\n",
    ],
)  # fmt: skip
async def test_f1_exactly_one_valid_host(hosts):
    """RFC 9112 section 3.2."""
    assert is_refused(await through(f"GET / HTTP/1.1\r\n{hosts}\r\n".encode("latin-1")))


@pytest.mark.parametrize(
    ("target", "host", "passes"),
    [
        ("http://a.test/x", "a.test", True), ("HTTP://A.test/x", "a.TEST", True),
        ("http://a.test:80/x", "a.test:80", True), ("http://a.test?x", "a.test", True),
        ("http://a.test", "a.test", True), ("http://b.test/x", "a.test", False),
        ("http://a.test:81/x", "a.test", False), ("http://u@a.test/x", "a.test", False), ("http:///x", "", False),
        ("http://a.test\\@b.test/x", "a.test", False), ("ftp://a.test/x", "a.test", False),
        ("a.test:80", "a.test", False), ("https://a.test/x", "a.test", False),
    ],
)  # fmt: skip
async def test_f1_an_absolute_target_names_the_same_host_or_is_refused(target, host, passes):
    """RFC 9112 section 3.2.2, RFC 9110 section 7.4."""
    passed = await through(get(target, host=host), plain={"preserve_host": True})
    if passes:
        assert passed.sent(b"host")[0].lower() == host.lower().encode()
        assert passed.lines[0].split(b" ")[1].startswith(b"/")
    else:
        assert is_refused(passed)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("order", [1, -1])
async def test_f2_a_length_beside_chunks_is_refused(method, order):
    """RFC 9112 sections 6.1 and 6.3."""
    fields = ["Content-Length: 5", CHUNKED][::order]
    passed = await through(get("/", *fields).replace(b"GET", method.encode(), 1) + b"0\r\n\r\n", method=method.encode())
    assert is_refused(passed)
    assert bool(passed.answers[0].body) is (method != "HEAD")


@pytest.mark.parametrize(
    "coding",
    [
        "gzip",
        "identity",
        "gzip, chunked",
        "chunked, gzip",
        "chunked, chunked",
        "xchunked",
        "chunked;q=1",
        '"chunked"',
        "",
    ],
)
async def test_f3_only_chunked_is_a_transfer_coding(coding):
    """RFC 9112 section 6.1."""
    assert is_refused(await through(get("/", f"Transfer-Encoding: {coding}") + b"0\r\n\r\n"), 501)


async def test_f3_http_1_0_has_no_transfer_codings():
    assert is_refused(await through(chunks(b"0\r\n\r\n", line="POST / HTTP/1.0")))


@pytest.mark.parametrize(
    "length",
    [
        "", "+1", "-1", "1_0", "0x1", "1.0", "1,1", "1, 1", "1 1", "\xb2", "\xd9\xa1", "1e1", "one", "9" * 19,
        "9" * 40, "1;", "1\r\nContent-Length: 1", "1\r\nContent-Length: 2",
    ],
)  # fmt: skip
async def test_f4_a_length_is_digits_and_stands_once(length):
    """RFC 9112 section 6.3, RFC 9110 section 8.6; `int()` takes half of these."""
    request = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode("latin-1")
    assert is_refused(await through(request + b"x", method=b"POST"))


@pytest.mark.parametrize(
    "body",
    [
        b"0x5\r\nhello\r\n0\r\n\r\n", b"+5\r\nhello\r\n0\r\n\r\n", b"5_\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n", b"\r\nhello\r\n0\r\n\r\n",
        b"g\r\nhello\r\n0\r\n\r\n", b"5\nhello\n0\n\n", b"5\rhello\r0\r\r", b"5\r\nhelloX0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n", b"4\r\nhello\r\n0\r\n\r\n", b"1" + b"0" * 15 + b"\r\n", b"-0\r\n\r\n",
        b"5;\r\nhello\r\n0\r\n\r\n", b"5;a=\r\nhello\r\n0\r\n\r\n", b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"5;\x00\r\nhello\r\n0\r\n\r\n", b"5;a=\"b\r\nhello\r\n0\r\n\r\n",
        b"5;" + b"e" * 5000 + b"\r\nhello\r\n0\r\n\r\n", b"0\r\nX : y\r\n\r\n", b"0\r\nX: y\nZ: a\r\n\r\n",
    ],
)  # fmt: skip
async def test_f5_chunks_are_read_by_the_letter(body):
    """RFC 9112 sections 7.1 and 7.1.1; whatever is sent behind it is no request."""
    passed = await through(chunks(body) + get("/canary"), method=b"POST")
    assert (passed.status, passed.closed) == (400, True)
    assert b"canary" not in passed.upstream
    assert not passed.upstream.endswith(b"0\r\n\r\n")


async def test_f5_extensions_are_dropped():
    passed = await through(chunks(b'5;a="b;c";d=e ; f\r\nhello\r\n0;z\r\n\r\n'), method=b"POST")
    assert passed.upstream.endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")


async def test_f5_extensions_are_bounded_together():
    """A byte of body behind kilobytes of extension is an attack (CVE-2023-39326)."""
    few, many = (b"1;%b\r\nx\r\n" % (b"e" * 4000) * count + b"0\r\n\r\n" for count in (4, 5))
    assert (await through(chunks(few), method=b"POST")).status == 200
    assert (await through(chunks(many), method=b"POST")).status == 400


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n", b"GET / HTTP/1.1\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
        b"GET / HTTP/1.1\rHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\n", b"GET / HTTP/1.1\r\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\n\r\nHost: x\r\n\r\n",
    ],
)  # fmt: skip
async def test_f6_no_folded_line_and_no_other_line_end(head):
    """RFC 9112 sections 2.2 and 5.2."""
    assert is_refused(await through(head))


@pytest.mark.parametrize("framing", [b"Content-Length: 60", b"Transfer-Encoding: chunked"])
async def test_f7_what_is_unread_when_the_answer_comes_is_never_a_request(framing):
    """CVE-2025-4366: an answer that needs no body left the body on the connection."""
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        await client.send(b"POST /none HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n")
        answer = await client.answer(b"POST")
        await client.send(get("/canary"))
        assert (answer.status, answer.header(b"connection")) == (404, b"close")
        assert await client.reader.read() == b""


@pytest.mark.parametrize(
    ("request_bytes", "framing"),
    [
        (post("/", b"hello"), [b"content-length: 5"]),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0005\r\n\r\nhello", [b"content-length: 5"]),
        (chunks(b"5\r\nhello\r\n0\r\n\r\n"), [b"transfer-encoding: chunked"]),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", [b"transfer-encoding: chunked"]),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", [b"content-length: 0"]),
        (get("/"), []),
    ],
)
async def test_f8_the_upstream_gets_framing_of_the_gateways_own(request_bytes, framing):
    passed = await through(request_bytes, method=b"POST")
    assert [line for line in passed.lines if line.lower().startswith((b"content-l", b"transfer"))] == framing


async def test_f8_many_small_chunks_are_sent_as_they_are_or_fewer_but_whole():
    passed = await through(chunks(b"1\r\na\r\n" * 1000 + b"0\r\n\r\n"), method=b"POST")
    assert passed.answers[0].body == b"u POST / " + b"a" * 1000


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "QUERY"])
async def test_f9_a_body_goes_with_any_method(method):
    """Dropped with its length kept, the next request would be taken for it (RFC 9110 section 9.3.1)."""
    request = post("/", b"hello").replace(b"POST", method.encode(), 1)
    script = answering_head if method == "HEAD" else echoing("u")
    passed = await through(request, get("/next"), script=script, answers=1, method=method.encode())
    head, _, rest = passed.upstream.partition(b"\r\n\r\n")
    assert b"content-length: 5" in head
    assert rest.startswith(b"hello")


async def answering_head(connection: Connection) -> None:
    """Reads a request with five bytes of body, answers as to HEAD."""
    while True:
        await connection.read_head()
        await connection.read_exactly(5)
        await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "method", "length"),
    [
        (b"HTTP/1.1 204 No\r\n\r\n", b"GET", None), (b"HTTP/1.1 304 Not\r\ncontent-length: 9\r\n\r\n", b"GET", b"9"),
        (b"HTTP/1.1 304 Not\r\n\r\n", b"GET", None), (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", b"HEAD", b"9"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"HEAD", None),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"HEAD", None),
    ],
)  # fmt: skip
async def test_f10_answers_without_a_body_have_none_and_keep_their_length(answer, method, length):
    """RFC 9110 sections 8.6, 9.3.2, 15.3.5 and 15.4.5."""
    request = get("/").replace(b"GET", method, 1)
    passed = await through(request + request, script=answering(answer), answers=2, method=method)
    assert [one.body for one in passed.answers] == [b"", b""]
    assert passed.answers[0].header(b"content-length") == length
    assert passed.answers[0].header(b"transfer-encoding") is None


async def test_f10_a_refused_head_request_gets_no_body():
    """Its asker would take the body for the next answer (RFC 9110 section 9.3.2)."""
    passed = await through(b"HEAD / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", method=b"HEAD")
    assert is_refused(passed)
    passed = await through(b"HEAD /" + b"a" * 90_000 + b" HTTP/1.1\r\n\r\n", method=b"HEAD")
    assert is_refused(passed, 414)


@pytest.mark.parametrize(("begun", "has_body"), [(b"GET / HTTP/1.1\r\nHo", True), (b"HEAD / HTTP/1.1\r\nHo", False)])
async def test_f10_a_head_that_does_not_come_is_answered_by_its_own_method(begun, has_body):
    """Not by that of the request before it."""
    before = b"HEAD" if has_body else b"GET"
    async with edge_gateway(services=(), header_timeout_seconds=0.4) as gateway, RawClient(gateway.port) as client:
        await client.ask(get("/").replace(b"GET", before, 1), before)
        await client.send(begun)
        answer = await client.answer(begun.partition(b" ")[0])
        assert (answer.status, bool(answer.body)) == (408, has_body)


@pytest.mark.parametrize("name", ["Content-Length: 5", "Transfer-Encoding: chunked", "Host: b"])
async def test_f13_a_trailer_that_frames_or_routes_is_refused(name):
    """RFC 9110 section 6.5.1."""
    passed = await through(chunks(f"0\r\n{name}\r\n\r\n".encode()) + get("/canary"), method=b"POST")
    assert (passed.status, passed.closed) == (400, True)
    assert b"canary" not in passed.upstream


async def test_f13_trailers_of_a_request_are_dropped_and_those_of_an_answer_filtered():
    passed = await through(chunks(b"0\r\nX-User-Id: boss\r\nAuthorization: x\r\nX: y\r\n\r\n"), method=b"POST")
    assert passed.upstream.endswith(b"\r\n\r\n0\r\n\r\n")
    script = answering(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"
        b"X: y\r\nSet-Cookie: a=b\r\nContent-Length: 1\r\nWWW-Authenticate: x\r\nCache-Control: public\r\n\r\n"
    )
    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        assert (await client.reader.readuntil(b"0\r\nx: y\r\n\r\n")).count(b"set-cookie") == 0


@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
async def test_f15_connect_and_trace_are_not_served(method):
    """RFC 9110 sections 9.3.6 and 9.3.8."""
    target = "a.test:80" if method == "CONNECT" else "/"
    passed = await through(f"{method} {target} HTTP/1.1\r\nHost: a.test:80\r\n\r\n".encode() + get("/canary"))
    assert is_refused(passed, 405)
    assert passed.answers[0].header(b"allow")


async def test_f16_answers_come_in_the_order_of_the_requests_however_long_each_takes():
    """RFC 9112 section 9.3.2."""

    async def script(connection: Connection) -> None:
        while True:
            head = await connection.read_head()
            if b"slow" in head:
                await asyncio.sleep(0.1)
            await connection.send(ok(head.split(b" ")[1]))

    passed = await through(get("/slow") + get("/fast") + post("/x", b"") + get("/y"), script=script, answers=4)
    assert [answer.body for answer in passed.answers] == [b"/slow", b"/fast", b"/x", b"/y"]


@pytest.mark.parametrize("method", ["REPORT", "M-SEARCH", "get", "A!#$&'*+-.^_`|~"])
async def test_f17_a_method_of_any_token_travels_as_it_is(method):
    passed = await through(get("/").replace(b"GET", method.encode(), 1))
    assert passed.lines[0] == method.encode() + b" / HTTP/1.1"


@pytest.mark.parametrize("method", ["G\x00T", "G(T", "G:T", "G\tT", '"GET"', "G\xc9T", "", "GET\r", "G\nT"])
async def test_f17_what_is_no_token_is_no_method(method):
    """CVE-2023-49082."""
    assert is_refused(await through(f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n".encode("latin-1")))


async def test_f17_a_method_no_route_takes_is_not_found_and_not_forwarded():
    passed = await through(get("/").replace(b"GET", b"BREW", 1), routes=(route(methods=("GET",)),))
    assert (passed.status, passed.upstream) == (404, b"")
