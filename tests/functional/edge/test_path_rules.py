"""The rules of docs/edge.md on paths and routing, P1 to P8, each by the request line an upstream is sent."""

from __future__ import annotations

import asyncio

import pytest

from routing.path import PathError, canonicalise
from services.spec import InstanceSpec, ServiceSpec
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted
from tests.common.through_the_edge import through

KEEP = {"path_handling": "keep_encoded"}
PROTECTED = (route(), route("/admin-area/*", "/admin-area/*", requires_auth=True))


@pytest.mark.parametrize(
    "target",
    [
        "/a%00b",
        "/a%zz",
        "/a%",
        "/a%1",
        "/a\\b",
        "/a#b",
        "/a%0ab",
        "/a%7f",
        "/\xe9",
        "/%c0%ae",
        "/a%2f..%2fb",
        "/..%5cb",
    ],
)
async def test_p1_what_no_reader_agrees_upon_is_refused_whatever_the_route_says(target):
    passed = await through(get(target), plain=KEEP)
    assert (passed.status, passed.upstream) == (400, b"")


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("/%61/%7eb", "/a/~b"), ("/a/./b", "/a/b"), ("/a/../b", "/b"), ("/a/%2e%2e/b", "/b"), ("//a///b", "/a/b"),
        ("/../../a", "/a"), ("/a;x=y/b;z", "/a/b"), ("/a/..;x/b", "/b"), ("/a%2Fb", "/a%2Fb"), ("/a%2fb", "/a%2fb"),
        ("/a%3bb", "/a%3bb"), ("/a%25b", "/a%25b"), ("/%E4%b8%ad", "/%E4%b8%ad"), ("/a/.", "/a/"), ("/a/..", "/"),
    ],
)  # fmt: skip
async def test_p1_the_canonical_path_is_what_is_sent(target, sent):
    """RFC 3986 sections 5.2.4 and 6.2.2."""
    passed = await through(get(target), plain=KEEP)
    assert passed.lines[0] == f"GET {sent} HTTP/1.1".encode()


@pytest.mark.parametrize("target", ["/a/../b", "/a//b", "/a%2Fb", "/a;x/b", "/a/%2e/b", "/%5C", "/a%25b", "/a%3Bb"])
async def test_p1_an_ambiguous_path_is_refused_by_default(target):
    passed = await through(get(target))
    assert (passed.status, passed.upstream) == (400, b"")


@pytest.mark.parametrize(
    "target",
    ["/admin-area/x", "/%61dmin-area/x", "/x/../admin-area/x", "//admin-area/x", "/./admin-area/x", "/admin-area;a/x",
     "/x;/../admin-area/x", "/%2e/admin-area/x", "/x/%2e%2e/admin-area/x", "/admin-area//x", "/admin-area/./x",
     "http://gateway.test/admin-area/x",  "/admin-area/"],
)  # fmt: skip
@pytest.mark.parametrize("handling", ["reject", "normalise", "keep_encoded"])
async def test_p2_p3_no_spelling_gets_past_the_protected_route(target, handling):
    """CVE-2026-73511, CVE-2026-40912, CVE-2026-48020."""
    routes = tuple(
        route(one.path_pattern, requires_auth=one.requires_auth, path_handling=handling) for one in PROTECTED
    )
    passed = await through(get(target), routes=routes)
    assert b"admin-area" not in passed.upstream
    assert passed.status in (400, 401)


@pytest.mark.parametrize("target", ["/apis", "/api2/x", "/apix", "/api%2Fx"])
async def test_p3_a_prefix_ends_where_a_segment_does(target):
    passed = await through(get(target), routes=(route("/api/*", "/*", path_handling="keep_encoded"),))
    assert passed.status == (400 if "%" in target else 404)
    assert not passed.upstream


@pytest.mark.parametrize(
    "target", ["/api/../secret", "/api../secret", "/api/%2e%2e/secret", "/api/x/../../secret", "/api%2f..%2fsecret"]
)
async def test_p3_what_is_stripped_does_not_open_another_path(target):
    """`/api` taken off, the rest is canonical still, and no way round the protection of `/secret`."""
    routes = (
        route("/api/*", "/*", path_handling="normalise"),
        route("/secret", "/secret", requires_auth=True, path_handling="normalise"),
    )
    passed = await through(get(target), routes=routes)
    assert passed.status in (400, 401, 404)
    assert b"secret" not in passed.upstream


@pytest.mark.parametrize(
    "target", ["//evil.test/x", "///evil.test/x", "/http://evil.test/x", "/@evil.test/x", "/:80/x"]
)
async def test_p4_no_path_changes_the_host_that_is_asked(target):
    """Joined to an address by `urljoin`, half of these are another host's."""
    passed = await through(get(target), plain={"path_handling": "normalise"})
    assert passed.status == 200
    assert passed.sent(b"host")[0].startswith(b"127.0.0.1:")
    path = passed.lines[0].split(b" ")[1]
    assert path.startswith(b"/")
    assert not path.startswith(b"//")


@pytest.mark.parametrize("host", ["a.test", "A.TEST", "a.test:8080", "a.test.", "A.Test.:80"])
@pytest.mark.parametrize("others", [0, 200])
async def test_p5_a_host_is_the_same_host_in_any_spelling_and_among_any_number(host, others):
    """CVE-2026-27588."""
    routes = (route("/*", hosts=("a.test",)), *(route("/*", id=f"r{n}", hosts=(f"h{n}.test",)) for n in range(others)))
    assert (await through(get("/", host=host), routes=routes)).status == 200


@pytest.mark.parametrize("host", ["b.test", "xa.test", "a.test.b", "a.tes", "[::1]"])
async def test_p5_another_host_is_another_host(host):
    assert (await through(get("/", host=host), routes=(route("/*", hosts=("a.test",)),))).status == 404


@pytest.mark.parametrize(
    "field",
    [
        "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE", "X-Original-Host: evil",
        "X-Original-URL: /admin-area/x", "X-Rewrite-URL: /admin-area/x", "X-Original-URI: /admin-area/x",
        "X-Forwarded-Uri: /admin-area/x", "X-Forwarded-Prefix: /admin-area", "X-Forwarded-Method: DELETE",
    ],
)  # fmt: skip
async def test_p6_no_field_says_another_method_or_path(field):
    passed = await through(get("/open", field), routes=PROTECTED)
    assert passed.lines[0] == b"GET /open HTTP/1.1"
    assert field.partition(": ")[2].encode() not in passed.upstream


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_p7_an_upstreams_redirect_is_the_clients_to_follow(status):
    location = b"location: http://169.254.169.254/latest/meta-data"
    script = answering(b"HTTP/1.1 %d Moved\r\ncontent-length: 0\r\n%b\r\n\r\n" % (status, location))
    passed = await through(get("/"), script=script)
    assert (passed.status, passed.answers[0].header(b"location")) == (status, location[10:])
    assert passed.upstream.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("query", ["a=b;c=d", "a=%2e%2E", "a=b&a=c&&", "%00", 'a="<>^`{|}', "?", "a=\xff", "/../x", ""])
async def test_p8_a_query_is_sent_byte_for_byte(query):
    passed = await through(get(f"/x?{query}"))
    wanted = f"/x?{query}" if query else "/x"
    assert passed.lines[0] == f"GET {wanted} HTTP/1.1".encode("latin-1")


async def test_p8_a_token_in_the_query_is_nobodys():
    """However a reader may cut the query, no credential is taken from it."""
    token = bearer("anna").rpartition(" ")[2]
    for query in (f"access_token={token}", f"a;access_token={token}", f"token={token}", f"jwt={token}"):
        passed = await through(get(f"/?{query}"), plain={"requires_auth": True})
        assert (passed.status, passed.upstream) == (401, b"")


async def test_p1_any_two_readings_of_a_canonical_path_agree():
    for raw in (b"/a/%2e%2e/b", b"//x//y/", b"/a;b/..;c/d", b"/%41%2f", b"/a/.%2e/b"):
        first = canonicalise(raw)
        try:
            again = canonicalise(first.path)
        except PathError:  # pragma: no cover - what is canonical is never refused
            pytest.fail(f"{raw!r} became {first.path!r}, which is refused")
        assert (again.path, again.match_key) == (first.path, first.match_key)


async def test_p7_an_instance_is_asked_at_the_address_it_was_given_and_no_other():
    """The client's Host and target say nothing about where the connection goes."""
    async with scripted(answering(ok(b"right"))) as right, scripted(answering(ok(b"wrong"))) as wrong:
        instance = InstanceSpec(id="i", instance_id="i", scheme="http", host="127.0.0.1", port=right.port)
        async with (
            edge_gateway(
                route(preserve_host=True), services=(ServiceSpec(id="s", name="s", instances=(instance,)),)
            ) as gateway,
            RawClient(gateway.port) as client,
        ):
            for target in ("/", f"http://127.0.0.1:{wrong.port}/", f"//127.0.0.1:{wrong.port}/"):
                await client.send(get(target, host=f"127.0.0.1:{wrong.port}"))
                assert (await client.answer()).status in (200, 400)
            await asyncio.sleep(0)
        assert right.connections
        assert not wrong.connections


async def test_p4_a_target_that_is_a_url_is_matched_and_sent_as_its_path():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route("/a/*", "/b/*"), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("http://gateway.test/a/x?y"))
        assert upstream.connections[0].received.startswith(b"GET /b/x?y HTTP/1.1\r\n")
