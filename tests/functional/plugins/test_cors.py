"""Cross-origin requests on the real edge: what a browser is told, by whomever (G-300, the Fetch standard)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from proxy.origins import compile_origins
from proxy.stages.cors import check
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import ask_all, get
from tests.common.scripted_upstream import answering, echoing, ok, scripted

APP = "https://app.example.com"
ORIGIN = b"access-control-allow-origin"
METHODS = b"access-control-allow-methods"
HEADERS = b"access-control-allow-headers"


def options(path: str, *fields: str) -> bytes:
    return get(path, *fields).replace(b"GET", b"OPTIONS", 1)


def preflight(path: str = "/", method: str = "GET", *fields: str, origin: str = APP) -> bytes:
    return options(path, f"Origin: {origin}", f"Access-Control-Request-Method: {method}", *fields)


def cors(**config):
    return {"plugins": {"cors": {"allow_origins": [APP], **config}}}


async def test_g300_a_preflight_is_answered_before_anybody_is_asked_who_he_is():
    guarded = route(methods=("GET", "POST"), requires_auth=True, **cors(allow_credentials=True, max_age_seconds=60))
    async with edge_gateway(guarded, services=(service(),)) as gateway:
        asked = "Access-Control-Request-Headers: authorization, x-one, b@d"
        (found,) = await ask_all(gateway.port, preflight("/", "POST", asked))
        assert (found.status, found.body) == (204, b"")
        assert found.header(ORIGIN) == APP.encode()
        assert found.header(METHODS) == b"GET, HEAD, POST"
        assert found.header(HEADERS) == b"authorization, x-one"
        assert found.header(b"access-control-allow-credentials") == b"true"
        assert found.header(b"access-control-max-age") == b"60"
        assert b"Origin" in found.header(b"vary")


async def test_g300_a_preflight_finds_the_route_of_the_method_it_asks_about():
    reading = route("/a/*", id="reading", methods=("GET",), created_at=1.0, **cors())
    writing = route("/a/*", id="writing", methods=("PUT",), created_at=2.0, **cors(allow_headers=["x-write"]))
    async with edge_gateway(reading, writing, services=(service(),)) as gateway:
        found = await ask_all(gateway.port, preflight("/a/1", "GET"), preflight("/a/1", "PUT"), preflight("/b", "GET"))
        assert [answer.header(METHODS) for answer in found] == [b"GET, HEAD", b"PUT", None]
        assert found[1].header(HEADERS) == b"x-write"
        assert found[2].status == 404


async def test_g300_options_is_forwarded_unless_cors_answers_it():
    plain, shared = route("/plain/*", methods=("GET",)), route("/shared/*", methods=("GET",), **cors())
    own = route("/own/*", "/own/*", id="own", methods=("OPTIONS",), priority=-1)
    guarded = route("/own/*", "/own/*", id="guarded", methods=("GET",), requires_auth=True)
    async with (
        scripted(echoing("up")) as upstream,
        edge_gateway(plain, shared, own, guarded, services=(service(upstream.port),)) as gateway,
    ):
        found = await ask_all(gateway.port, preflight("/plain/x"), options("/shared/x", f"Origin: {APP}"))
        assert [answer.body for answer in found] == [b"up OPTIONS /x ", b"up OPTIONS /x "]
        assert [answer.header(ORIGIN) for answer in found] == [None, APP.encode()]


async def test_an_origin_that_is_not_allowed_is_told_nothing():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(**cors()), services=(service(upstream.port),)) as gateway,
    ):
        strange = [preflight(origin="https://evil.example"), get("/", "Origin: https://evil.example"), get("/")]
        for found in await ask_all(gateway.port, *strange):
            assert not [name for name, _ in found.headers if name.startswith(b"access-control-")]
            assert b"Origin" in found.header(b"vary")


async def test_what_an_instance_says_gives_way():
    own = (b"Access-Control-Allow-Origin: *", b"Access-Control-Allow-Credentials: true", b"Vary: Accept")
    async with (
        scripted(answering(ok(b"hello", *own))) as upstream,
        edge_gateway(route(**cors(expose_headers=["x-a", "x-b"])), services=(service(upstream.port),)) as gateway,
    ):
        (found,) = await ask_all(gateway.port, get("/", f"Origin: {APP}"))
        assert [value for name, value in found.headers if name == ORIGIN] == [APP.encode()]
        assert found.header(b"access-control-allow-credentials") is None
        assert found.header(b"access-control-expose-headers") == b"x-a, x-b"
        assert [value for name, value in found.headers if name == b"vary"] == [b"Accept", b"Origin"]


async def test_a_page_can_read_the_gateways_own_refusals():
    guarded = route("/guarded/*", requires_auth=True, **cors())
    limited = route("/limited/*", rate_limit_rpm=1, **cors())
    async with edge_gateway(guarded, limited, services=(service(),)) as gateway:
        page = f"Origin: {APP}"
        requests = [get("/guarded/x", page), get("/limited/x", page), get("/limited/x", page)]
        found = await ask_all(gateway.port, *requests, get("/guarded/x", page, bearer()))
        assert [answer.status for answer in found] == [401, 503, 429, 503]
        assert {answer.header(ORIGIN) for answer in found} == {APP.encode()}


async def test_an_answer_from_the_cache_is_told_to_each_origin_as_its_own():
    other = "https://other.example.com"
    cached = route(cache_enabled=True, **cors(allow_origins=[APP, other]))
    async with (
        scripted(answering(ok(b"hello", b"Cache-Control: max-age=60"))) as upstream,
        edge_gateway(cached, services=(service(upstream.port),)) as gateway,
    ):
        asked = [get("/", f"Origin: {origin}") for origin in (APP, other, "https://evil.example")]
        found = await ask_all(gateway.port, *asked)
        assert [answer.header(ORIGIN) for answer in found] == [APP.encode(), other.encode(), None]
        assert upstream.connections[0].received.count(b"GET ") == 1


async def test_any_origin_is_a_star_that_is_the_same_for_everybody():
    anybody = route(plugins={"cors": {"allow_origins": ["*"]}})
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(anybody, services=(service(upstream.port),)) as gateway,
    ):
        found = await ask_all(gateway.port, get("/", "Origin: null"), get("/"))
        assert [(answer.header(ORIGIN), answer.header(b"vary")) for answer in found] == [(b"*", None)] * 2


async def test_a_star_with_credentials_breaks_its_own_route_only():
    broken = route("/broken/*", **cors(allow_origins=["*"], allow_credentials=True))
    async with edge_gateway(broken, route("/good/*", **cors()), services=(service(),)) as gateway:
        found = await ask_all(gateway.port, preflight("/broken/x"), preflight("/good/x"))
        assert [answer.status for answer in found] == [500, 204]
    with pytest.raises(ValueError, match="allow_credentials"):
        check({"allow_origins": ["*"], "allow_credentials": True})


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://a.example.com", True),
        ("https://a.b.example.com", True),
        ("https://example.com", False),
        ("https://evilexample.com", False),
        ("http://a.example.com", False),
        ("https://a.example.com:444", False),
        ("https://a.example.com.evil.net", False),
        ("https://evil.net/.example.com", False),
        ("https://evil.net?.example.com", False),
        ("https://evil.net#.example.com", False),
        ("https://user@.example.com", False),
        ("https://.example.com", False),
        ("https://a..example.com", False),
    ],
)
def test_a_star_before_a_dot_stands_for_names_only(origin: str, allowed: bool):
    given_back = compile_origins(["https://*.example.com"])(origin.encode())
    assert given_back == (origin.encode() if allowed else b"")


@given(some.text(some.characters(codec="latin-1"), max_size=40))
def test_no_origin_is_allowed_that_is_not_an_origin(middle: str):
    origin = f"https://{middle}.example.com".encode("latin-1")
    if compile_origins(["https://*.example.com"])(origin):
        assert not set(middle) - set("abcdefghijklmnopqrstuvwxyz0123456789_-.")
