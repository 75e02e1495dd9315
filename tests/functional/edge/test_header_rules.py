"""The rules of docs/edge.md on fields, H1 to H12, each by what an upstream is sent and a client is told."""

from __future__ import annotations

import pytest

from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import answering, ok, scripted
from tests.common.through_the_edge import is_refused, through

HOP_BY_HOP = ["Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "Transfer-Encoding", "X-Named"]


async def test_h1_hop_by_hop_fields_and_what_connection_names_end_at_the_gateway():
    """RFC 9110 section 7.6.1."""
    fields = ["Keep-Alive: timeout=5", "Proxy-Connection: close", "TE: trailers", "Upgrade: h2c", "X-Named: 1"]
    passed = await through(get("/", *fields, "Connection: keep-alive, X-Named", "Connection: Upgrade, TE"))
    assert [name for name in (*HOP_BY_HOP, "Connection") if passed.sent(name.encode())] == []


async def test_h1_hop_by_hop_fields_of_the_answer_end_at_the_gateway():
    answer = ok(b"x", b"keep-alive: timeout=5", b"x-named: 1", b"connection: keep-alive, X-Named", b"upgrade: h2c")
    passed = await through(get("/"), script=answering(answer))
    names = {name for name, _ in passed.answers[0].headers}
    assert not names & {b"keep-alive", b"x-named", b"connection", b"upgrade"}


@pytest.mark.parametrize(
    "named",
    [
        "X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Real-IP, Forwarded",
        "X-User-Id, X-Roles, X-Permissions, X-Consumer",
        "Host, Content-Length, Authorization, Cookie, X-Request-Id, Traceparent, Via",
    ],
)
async def test_h1_no_client_can_take_away_what_the_gateway_adds(named):
    """CVE-2021-32813, CVE-2024-45410."""
    plain = {"requires_auth": True}
    request = post("/", b"body", bearer("anna", roles=["r"]), "Cookie: a=b", f"Connection: close, {named}")
    passed = await through(request, plain=plain, method=b"POST")
    for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "X-User-Id", "Host", "X-Request-Id", "Via"):
        assert len(passed.sent(name.encode())) == 1, name
    assert passed.sent(b"content-length") == [b"4"]
    assert passed.sent(b"cookie") == [b"a=b"]


async def test_h2_proxy_credentials_go_no_further_in_either_direction():
    """RFC 9110 section 11.7."""
    script = answering(ok(b"x", b"proxy-authenticate: Basic"))
    passed = await through(get("/", "Proxy-Authorization: Basic YTpi"), script=script)
    assert not passed.sent(b"proxy-authorization")
    assert passed.answers[0].header(b"proxy-authenticate") is None


async def test_h3_via_is_added_behind_those_that_came():
    """RFC 9110 section 7.6.3."""
    passed = await through(get("/", "Via: 1.0 first"))
    assert passed.sent(b"via") == [b"1.0 first", b"1.1 api-gateway"]


async def test_h3_a_request_that_keeps_coming_back_ends():
    passed = await through(get("/", "Via: 1.1 api-gateway, 1.1 other", "Via: 1.1 API-Gateway, 1.1 api-gateway"))
    assert (passed.status, passed.upstream) == (502, b"")


FORWARDED = [
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix",
    "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Server", "X-Forwarded", "X-Real-IP", "Forwarded",
]  # fmt: skip


@pytest.mark.parametrize("name", FORWARDED)
async def test_h4_what_a_stranger_says_of_the_way_is_replaced(name):
    passed = await through(get("/", f"{name}: client-s-word"))
    assert b"client-s-word" not in passed.upstream
    assert passed.sent(b"x-forwarded-for") == [b"127.0.0.1"]


async def test_h4_a_trusted_peers_chain_is_continued_and_read_from_the_right():
    """What stands left of something that is no address, nobody vouches for."""
    request = get("/", "X-Forwarded-For: 1.1.1.1, nonsense, 2.2.2.2", "X-Forwarded-Proto: https")
    passed = await through(request, trusted_proxies=("127.0.0.0/8",))
    assert passed.sent(b"x-forwarded-for") == [b"2.2.2.2, 127.0.0.1"]
    assert passed.sent(b"x-real-ip") == [b"2.2.2.2"]
    assert passed.sent(b"x-forwarded-proto") == [b"https"]


async def test_h5_absent_in_the_token_is_absent_at_the_upstream():
    """Never the client's value in the place of one the token does not have (GHSA-7r4p-vjf4-gxv4)."""
    request = get("/", bearer("anna"), "X-Roles: admin", "X-Consumer: boss", "X-Permissions: all")
    passed = await through(request, plain={"requires_auth": True})
    assert passed.sent(b"x-user-id") == [b"anna"]
    assert not passed.sent(b"x-roles") + passed.sent(b"x-consumer") + passed.sent(b"x-permissions")


@pytest.mark.parametrize("line", ["X : y", "X\t: y", " X: y", ": y", "X(: y", "X\xe9: y", "X"])
async def test_h6_a_name_is_a_token_and_nothing_stands_before_the_colon(line):
    """RFC 9110 section 5.1, RFC 9112 section 5.1."""
    assert is_refused(await through(get("/", line)))


async def test_h6_names_that_cgi_would_mix_up_are_left_out():
    passed = await through(get("/", "X_Y: 1", "X.Y: 2", "X-Y: 3"))
    assert [line for line in passed.lines if line.lower().startswith((b"x_y", b"x.y", b"x-y"))] == [b"x-y: 3"]


@pytest.mark.parametrize("control", [chr(code) for code in (*range(9), *range(0x0A, 0x20), 0x7F)])
async def test_h7_no_control_character_stands_in_a_value(control):
    """RFC 9110 section 5.5; a line feed would begin a line, a NUL end one."""
    assert is_refused(await through(get("/", f"X: a{control}b")))


async def test_h7_what_only_some_libraries_take_for_a_line_end_stays_one_value():
    r"""`str.splitlines` cuts at \x85; a value may hold the byte (RFC 9110 section 5.5, obs-text)."""
    passed = await through(get("/", "X: a\x85X-User-Id: boss", "Y: \xa0\xff"))
    assert passed.sent(b"x") == [b"a\x85X-User-Id: boss"]
    assert passed.sent(b"y") == [b"\xa0\xff"]


@pytest.mark.parametrize(
    "name", ["Host", "Content-Length", "Content-Type", "Authorization", "Transfer-Encoding", "Expect", "Upgrade"]
)
@pytest.mark.parametrize("second", ["same", "other"])
async def test_h8_what_may_stand_once_stands_once(name, second):
    """RFC 9110 section 5.3; CVE-2021-32777, CVE-2026-26308."""
    first = {"Host": "x", "Content-Length": "0", "Transfer-Encoding": "chunked", "Expect": "100-continue"}.get(
        name, "a"
    )
    values = (first, first if second == "same" else "b")
    lines = [f"{name}: {value}" for value in values] + ([] if name == "Host" else ["Host: x"])
    assert is_refused(await through(("GET / HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()))


async def test_h9_fields_keep_their_order_and_cookies_stay_apart():
    """RFC 9110 section 5.3."""
    fields = (b"set-cookie: a=1, b", b"x-b: 1", b"set-cookie: c=2", b"x-a: 2", b"x-b: 3")
    passed = await through(get("/", "B: 1", "A: 2", "B: 3"), script=answering(ok(b"", *fields)))
    assert [line for line in passed.lines if line[:3] in (b"a: ", b"b: ")] == [b"b: 1", b"a: 2", b"b: 3"]
    told = [field for field in passed.answers[0].headers if field[0] in (b"set-cookie", b"x-a", b"x-b")]
    assert told == [
        (b"set-cookie", b"a=1, b"), (b"x-b", b"1"), (b"set-cookie", b"c=2"), (b"x-a", b"2"), (b"x-b", b"3")
    ]  # fmt: skip


async def test_h10_the_limits_hold_for_answers_too():
    """Somebody else's mistake: 502."""
    for fields in ([b"x: " + b"a" * 3000], [b"x-%d: y" % number for number in range(21)]):
        passed = await through(get("/"), script=answering(ok(b"", *fields)), max_header_bytes=2000, max_header_count=20)
        assert passed.status == 502


async def test_h11_server_and_date_of_the_answer_are_the_upstreams():
    """RFC 9110 section 6.6.1."""
    date = b"date: Sun, 06 Nov 1994 08:49:37 GMT"
    passed = await through(get("/"), script=answering(ok(b"", b"server: theirs", date)))
    told = [field for field in passed.answers[0].headers if field[0] in (b"server", b"date")]
    assert told == [(b"server", b"theirs"), (b"date", b"Sun, 06 Nov 1994 08:49:37 GMT")]


async def test_h11_a_date_is_added_where_none_came():
    passed = await through(get("/"))
    assert [name for name, _ in passed.answers[0].headers].count(b"date") == 1
    assert passed.answers[0].header(b"server") is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abc-123", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("a_b", False), ("a.b", False),
        ("", False), ("a,b", False), ("\xe9", False), ("<x>", False), ("%0a", False),
    ],
)  # fmt: skip
async def test_h12_a_request_id_is_kept_only_if_any_log_can_take_it(sent, kept):
    """CVE-2024-45808, CVE-2020-7694."""
    passed = await through(get("/", f"X-Request-Id: {sent}"))
    (at_upstream,) = passed.sent(b"x-request-id")
    assert passed.answers[0].header(b"x-request-id") == at_upstream
    assert (at_upstream == sent.encode("latin-1")) is kept


async def test_h12_each_refused_request_has_an_id_too():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        answer = await client.ask(b"no request\r\n\r\n")
        assert (answer.status, bool(answer.header(b"x-request-id"))) == (400, True)
