"""What a client writes cannot pass for what the gateway says (H1, H5, H6, F17, P6, A5)."""

from __future__ import annotations

import pytest

from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted

SPELLINGS = [
    "X-User-Id",
    "x_user_id",
    "X-USER_ID",
    "x.user.id",
    "X~User~Id",
    "X-User*Id",
    "X+Roles",
    "X'Permissions",
    "x!consumer",
]


@pytest.mark.parametrize("name", SPELLINGS)
async def test_h5_no_spelling_of_an_identity_field_reaches_the_upstream(name):
    """CGI and its heirs turn whatever is no letter or digit into `_`."""
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(requires_auth=True), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/", bearer("anna"), f"{name}: boss", "Connection: X-User-Id, X-Roles"))
        received = upstream.connections[0].received
        assert b"boss" not in received
        assert received.count(b"x-user-id: anna\r\n") == 1


@pytest.mark.parametrize("name", ["Transfer~Encoding", "Content.Length", "X.Forwarded.For", "X!HTTP-Method-Override"])
async def test_h6_no_spelling_of_framing_or_of_the_way_reaches_the_upstream(name):
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/", f"{name}: chunked"))
        assert b"chunked" not in upstream.connections[0].received


@pytest.mark.parametrize(
    "line", ["GET /?a\tb HTTP/1.1", "GET /?a\tHTTP/1.0 HTTP/1.1", "GET\t/ HTTP/1.1", "GET /?\x0b HTTP/1.1"]
)
async def test_f17_no_white_space_gets_into_the_upstreams_request_line(line):
    """Servers that split the request line at any white space (RFC 9112 section 3) would read another request."""
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(f"{line}\r\nHost: x\r\n\r\n".encode())).status == 400
        assert not upstream.connections


@pytest.mark.parametrize(
    "target",
    [
        "/admin/routes",
        "http://gateway.test/admin/routes",
        "HTTP://gateway.test/console",
        "/admin",
        "/%61dmin/x",
        "/admin%2Fx",
        "/x/..%2fadmin",
        "//admin",
        "/./admin",
        "/x/../admin",
        "/admin;x/y",
        "/x;/../admin",
        "/%2e/admin",
    ],
)
async def test_a5_the_control_plane_is_not_found_through_the_traffic_surface(target):
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(
            route(path_handling="keep_encoded"), route("/r/*", "/admin/*"), services=(service(upstream.port),)
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        status = (await client.ask(get(target))).status
        if upstream.connections:
            assert not upstream.connections[0].received.startswith((b"GET /admin/", b"GET /admin "))
        else:
            assert status in (400, 404)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "control", "gateway.test:80", "[::1]"])
async def test_a5_no_host_opens_the_control_plane(host):
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        assert (await client.ask(get("/admin/", "X-Forwarded-Host: control", host=host))).status == 404
