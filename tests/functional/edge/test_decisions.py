"""Who gets through and in which order refusals come (G-300…G-323), on the real edge."""

from __future__ import annotations

import json

import pytest

from permissions.spec import ConsumerSpec, GrantSpec, RevokedTokenSpec
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import answering, echoing, ok, scripted


async def status_of(gateway, request: bytes) -> tuple[int, str]:
    async with RawClient(gateway.port) as client:
        answer = await client.ask(request)
        return answer.status, json.loads(answer.body)["code"] if answer.status >= 400 else ""


@pytest.mark.parametrize(
    ("path", "status"),
    [("/a", 404), ("/a/", 200), ("/a/1/2", 200), ("/b", 404), ("/admin/routes", 404), ("/health", 404)],
)
async def test_g302_g303_what_matches_and_what_does_not(path, status):
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route("/a/*", "/*"), services=(service(upstream.port),)) as gateway,
    ):
        assert (await status_of(gateway, get(path)))[0] == status


async def test_g303_another_method_only_is_not_found():
    async with edge_gateway(route(methods=("POST",)), services=(service(),)) as gateway:
        assert await status_of(gateway, get("/")) == (404, "F40400")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Authorization: Basic abc",
        "Authorization: Bearer nonsense",
        bearer(exp=1),
        bearer(iss="stranger"),
        bearer(token_type="refresh"),
        bearer(jti="gone"),
    ],
)
async def test_g320_without_a_valid_token_the_upstream_is_not_called(authorization):
    async with scripted(answering(ok())) as upstream, edge_gateway(services=()) as gateway:
        gateway.configure(
            route(requires_auth=True),
            services=(service(upstream.port),),
            revoked_tokens=(RevokedTokenSpec(jti="gone", expires_at=4e9),),
        )
        async with RawClient(gateway.port) as client:
            answer = await client.ask(get("/", *filter(None, [authorization])))
        assert (answer.status, json.loads(answer.body)["code"]) == (401, "F40001")
        assert answer.header(b"www-authenticate") == b"Bearer"
        assert answer.header(b"cache-control") == b"no-store"
        assert not upstream.connections


@pytest.mark.parametrize(
    ("strategy", "held", "status"),
    [("any", [], 403), ("any", ["x"], 403), ("any", ["a"], 200), ("all", ["a"], 403), ("all", ["a", "b", "c"], 200)],
)
async def test_g321_permissions_are_taken_by_any_or_all(strategy, held, status):
    guarded = route(requires_auth=True, required_permissions=("a", "b"), permission_check_strategy=strategy)
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(guarded, services=(service(upstream.port),)) as gateway,
    ):
        assert (await status_of(gateway, get("/", bearer(permissions=held))))[0] == status


async def test_g224_grants_to_user_role_and_consumer_count():
    async with scripted(answering(ok())) as upstream, edge_gateway(services=()) as gateway:
        gateway.configure(
            route(requires_auth=True, required_permissions=("a", "b", "c"), permission_check_strategy="all"),
            services=(service(upstream.port),),
            grants=(
                GrantSpec(subject_kind="user", subject="u1", permission="a"),
                GrantSpec(subject_kind="role", subject="r", permission="b"),
                GrantSpec(subject_kind="consumer", subject="shop", permission="c"),
                GrantSpec(subject_kind="user", subject="u2", permission="a", expires_at=1.0),
            ),
            consumers=(ConsumerSpec(id="1", name="shop", jwt_subject="u1"),),
        )
        assert (await status_of(gateway, get("/", bearer("u1", roles=["r"]))))[0] == 200
        assert b"\r\nx-consumer: shop\r\n" in upstream.connections[0].received
        assert (await status_of(gateway, get("/", bearer("u1"))))[0] == 403
        assert (await status_of(gateway, get("/", bearer("u2", permissions=["b", "c"]))))[0] == 403


async def test_a_revoked_token_is_refused_as_soon_as_the_revision_is_in_force():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(requires_auth=True), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        request = get("/", bearer(jti="j1"))
        assert (await client.ask(request)).status == 200
        gateway.configure(
            route(requires_auth=True),
            services=(service(upstream.port),),
            revoked_tokens=(RevokedTokenSpec(jti="j1", expires_at=4e9),),
        )
        assert (await client.ask(request)).status == 401


AMBIGUOUS = [
    "/a/../b",
    "/a/%2e%2e/b",
    "/a//b",
    "/a/%2Fb",
    "/a%5Cb",
    "/a;x=1/b",
    "/a/%252e",
    "/./b",
    "/x/../admin/routes",
    "//admin/routes",
]


@pytest.mark.parametrize("path", AMBIGUOUS)
async def test_g305_an_ambiguous_path_is_refused(path):
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
    ):
        assert await status_of(gateway, get(path)) == (400, "F40000")
        assert not upstream.connections


async def test_g305_or_normalised_before_matching_and_forwarded_normalised():
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(
            route(path_handling="normalise"),
            route("/secret/*", "/secret/*", requires_auth=True, path_handling="normalise", priority=1),
            services=(service(upstream.port),),
        ) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            assert (await client.ask(get("/a/../b//c"))).body == b"one GET /b/c "
        assert await status_of(gateway, get("/open/../secret/x")) == (401, "F40001")


@pytest.mark.parametrize("path", ["/a%00", "/a%", "/a%zz", "/a\\b", "/a#b", "/a\x7fb"])
async def test_p1_a_path_nobody_can_read_is_refused(path):
    async with edge_gateway(route(path_handling="keep_encoded"), services=(service(),)) as gateway:
        assert (await status_of(gateway, get(path)))[0] == 400


async def test_g323_refusals_come_in_their_order():
    """Each request has the fault of its own step and of every later one."""
    async with edge_gateway(
        route("/p/*", requires_auth=True, required_permissions=("p",)),
        route("/dead/*", service_id="dead", service_name="dead", retry_count=0),
        services=(service(), service(1, id="dead", name="dead")),
    ) as gateway:
        assert await status_of(gateway, get("/p/../p", "Authorization: no")) == (400, "F40000")
        assert await status_of(gateway, get("/unknown", "Authorization: no")) == (404, "F40400")
        assert await status_of(gateway, get("/p/x", "Authorization: no")) == (401, "F40001")
        assert await status_of(gateway, get("/p/x", bearer())) == (403, "F40003")
        assert await status_of(gateway, get("/p/x", bearer(permissions=["p"]))) == (503, "F50300")
        assert await status_of(gateway, get("/dead/x")) == (502, "F50200")


async def test_g504_a_broken_row_keeps_its_place():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(
            route(), route("/broken/*", problem="its service is gone"), services=(service(upstream.port),)
        ) as gateway,
    ):
        assert await status_of(gateway, get("/broken/x")) == (500, "F50000")
        assert (await status_of(gateway, get("/fine")))[0] == 200


async def test_t9_a_service_whose_row_is_wrong_stops_its_own_routes_wherever_they_lead():
    async with scripted(answering(ok())) as upstream, edge_gateway() as gateway:
        wrong = service(upstream.port, id="w", name="wrong", problem="plugins: must be an object")
        own = route("/own/*", service_id="w", service_name="wrong")
        elsewhere = route("/elsewhere/*", service_name="wrong")
        gateway.configure(own, elsewhere, route("/fine/*"), services=(service(upstream.port), wrong))
        statuses = [(await status_of(gateway, get(f"/{name}/x")))[0] for name in ("own", "elsewhere", "fine")]
        assert statuses == [500, 500, 200]


@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
async def test_f15_connect_and_trace_are_not_served(method):
    async with edge_gateway(route(), services=(service(),)) as gateway:
        async with RawClient(gateway.port) as client:
            answer = await client.ask(get("/").replace(b"GET", method.encode()))
        assert answer.status == 405
        assert answer.header(b"allow")


async def test_g001_errors_speak_chinese_or_english_in_the_envelope():
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        chinese = await client.ask(get("/"))
        english = await client.ask(get("/", "Accept-Language: en-GB,zh;q=0.5"))
        assert set(json.loads(chinese.body)) == {"code", "msg", "content"}
        assert json.loads(english.body)["msg"].isascii()
        assert not json.loads(chinese.body)["msg"].isascii()
        assert chinese.header(b"x-request-id") != english.header(b"x-request-id")


async def test_t6_the_body_is_limited_by_counted_bytes():
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(route(max_body_bytes=10), services=(service(upstream.port),)) as gateway,
    ):
        assert (await status_of(gateway, post("/", b"x" * 10)))[0] == 200
        assert await status_of(gateway, post("/", b"x" * 11)) == (413, "F41300")
        lying = (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nxxxxxx\r\n5\r\nxxxxx\r\n0\r\n\r\n"
        )
        assert await status_of(gateway, lying) == (413, "F41300")


async def test_g504_a_row_that_does_not_compile_keeps_its_place_and_harms_no_other():
    async with scripted(answering(ok())) as upstream, edge_gateway(services=()) as gateway:
        gateway.configure(
            route(),
            route("/broken/(", "/x", path_kind="regex", id="broken", priority=1),
            route("/lost/*", "/*", service_id="nowhere", service_name="nowhere"),
            services=(service(upstream.port),),
        )
        assert (await status_of(gateway, get("/fine")))[0] == 200
        assert await status_of(gateway, get("/broken/x")) == (500, "F50000")
        assert await status_of(gateway, get("/lost/x")) == (500, "F50000")
