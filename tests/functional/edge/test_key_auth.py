"""The plugin `key_auth` on the real edge (G-226)."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from permissions.spec import GrantSpec
from proxy.stages.key_auth import check
from tests.common.consumer_credentials import KEY, OTHER_KEY, SHOP, basic, key_credential
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted

KEYS = {"key_auth": {}}
MINE = {"credentials": (key_credential(),), "consumers": (SHOP,)}


class Answered:
    """What the client got, and the bytes the instance got."""

    def __init__(self, answer, received: bytes) -> None:
        self.status = answer.status
        self.challenges = [value for name, value in answer.headers if name == b"www-authenticate"]
        self.code = json.loads(answer.body)["code"] if answer.status >= 400 else ""
        self.received = received


async def asked(request: bytes, plugins=KEYS, configured=MINE, **fields) -> Answered:
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        bound = route(plugins=plugins, **fields)
        gateway.configure(bound, services=(service(upstream.port),), **configured)
        answer = await client.ask(request)
        return Answered(answer, upstream.connections[0].received if upstream.connections else b"")


@pytest.mark.parametrize("field", ["X-API-Key", "apikey", "x-api-key"])
async def test_g226_a_key_lets_its_consumer_in_and_the_instance_learns_who_it_is(field):
    found = await asked(get("/", f"{field}: {KEY}"))
    assert found.status == 200
    assert b"x-consumer: shop\r\n" in found.received
    assert b"x-credential-identifier: " + KEY[:11].encode() + b"\r\n" in found.received
    assert b"x-user-id" not in found.received
    assert KEY.encode() not in found.received


async def test_g226_hide_credentials_off_sends_the_key_on():
    found = await asked(get("/?k=1", f"X-API-Key: {KEY}"), {"key_auth": {"hide_credentials": False}})
    assert f"x-api-key: {KEY}".encode() in found.received


@pytest.mark.parametrize(
    ("fields", "configured"),
    [
        ((), MINE),
        ((f"X-API-Key: {OTHER_KEY}",), MINE),
        (("X-API-Key:",), MINE),
        (("X-API-Key: nonsense",), MINE),
        (("X-API-Key: \xff\xfe",), MINE),
        ((f"X-API-Key: {KEY}",), {}),
        ((f"X-API-Key: {KEY}", f"X-API-Key: {KEY}"), MINE),
        ((f"X-API-Key: {OTHER_KEY}", f"apikey: {KEY}"), MINE),
        ((f"X-API-Key: {KEY}",), {**MINE, "credentials": (key_credential(expires_at=1.0),)}),
        ((bearer(),), MINE),
    ],
)
async def test_g226_without_a_good_key_the_instance_is_not_called(fields, configured):
    found = await asked(get("/", *fields), configured=configured)
    assert (found.status, found.code, found.received) == (401, "F40001", b"")
    assert found.challenges == [b"ApiKey"]


async def test_g226_a_key_that_ends_is_refused_although_it_was_remembered():
    soon = key_credential(expires_at=time.time() + 2)
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        gateway.configure(
            route(plugins=KEYS), services=(service(upstream.port),), credentials=(soon,), consumers=(SHOP,)
        )
        assert (await client.ask(get("/", f"X-API-Key: {KEY}"))).status == 200
        while time.time() < soon.expires_at:
            time.sleep(0.05)
        assert (await client.ask(get("/", f"X-API-Key: {KEY}"))).status == 401


async def test_g226_a_revoked_key_is_refused_by_the_next_request():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        services = (service(upstream.port),)
        gateway.configure(route(plugins=KEYS), services=services, **MINE)
        assert (await client.ask(get("/", f"X-API-Key: {KEY}"))).status == 200
        gateway.configure(route(plugins=KEYS), services=services, consumers=(SHOP,))
        assert (await client.ask(get("/", f"X-API-Key: {KEY}"))).status == 401


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ((f"X-API-Key: {KEY}",), 200),
        ((bearer(),), 200),
        ((f"X-API-Key: {OTHER_KEY}", bearer()), 401),
        ((), 401),
        ((bearer(exp=1),), 401),
    ],
)
async def test_g320_on_a_route_that_requires_auth_a_token_is_the_other_way_in(fields, status):
    found = await asked(get("/", *fields), requires_auth=True)
    assert found.status == status
    if status == 401:
        assert found.challenges == [b"ApiKey", b"Bearer"]


async def test_g322_a_token_that_nobody_read_does_not_go_up_beside_a_key():
    found = await asked(get("/", f"X-API-Key: {KEY}", bearer("boss", exp=1)), requires_auth=True)
    assert found.status == 200
    assert b"authorization" not in found.received
    found = await asked(get("/", f"X-API-Key: {KEY}", "Authorization: Bearer for-the-instance"))
    assert b"authorization: Bearer for-the-instance" in found.received


async def test_g322_a_password_that_nobody_checked_does_not_go_up_beside_a_key():
    found = await asked(get("/", f"X-API-Key: {KEY}", basic("boss", "guessed")), {**KEYS, "basic_auth": {}})
    assert found.status == 200
    assert b"authorization" not in found.received


@pytest.mark.parametrize(("granted", "status"), [("shop", 200), ("warehouse", 403)])
async def test_g224_the_grants_of_the_consumer_count(granted, status):
    grant = GrantSpec(subject_kind="consumer", subject=granted, permission="user.read")
    found = await asked(
        get("/", f"X-API-Key: {KEY}"), configured={**MINE, "grants": (grant,)}, required_permissions=("user.read",)
    )
    assert found.status == status
    if status == 200:
        assert b"x-permissions: user.read\r\n" in found.received


async def test_g226_a_parameter_may_hold_the_key_and_is_masked_and_hidden():
    plugins = {"key_auth": {"query_names": ["k"], "header_names": []}}
    found = await asked(get(f"/?a=1&k={KEY}&b=%20"), plugins)
    assert found.status == 200
    assert found.received.startswith(b"GET /?a=1&b=%20 HTTP/1.1\r\n")
    found = await asked(get(f"/?k={KEY}"), plugins)
    assert found.received.startswith(b"GET / HTTP/1.1\r\n")
    assert (await asked(get(f"/?k={KEY}&k={KEY}"), plugins)).status == 401
    assert (await asked(get(f"/?%6b={KEY}"), plugins)).status == 200
    assert (await asked(get("/?kk=1"), plugins)).status == 401


async def test_g406_the_access_log_masks_the_parameter_and_names_the_consumer(tmp_path):
    log = tmp_path / "access.log"
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(access_log=str(log)) as gateway,
        RawClient(gateway.port) as client,
    ):
        bound = route(plugins={"key_auth": {"query_names": ["entry"]}})
        gateway.configure(bound, services=(service(upstream.port),), **MINE)
        for query in (f"a=1&entry={KEY}", f"a=1&%65ntry={KEY}x"):
            await client.ask(get(f"/?{query}"))
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(record["path"], record["consumer"], record["user"]) for record in records] == [
        ("/?a=1&entry=***", "shop", ""),
        ("/?a=1&%65ntry=***", "", ""),
    ]
    assert KEY not in log.read_text()


async def test_g005_a_route_without_the_plugin_lets_keys_pass_as_they_are():
    found = await asked(get("/", f"X-API-Key: {KEY}"), plugins={})
    assert f"x-api-key: {KEY}".encode() in found.received
    assert b"x-consumer" not in found.received


async def test_a_key_does_not_open_a_route_that_takes_tokens_only():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        tokens_only = route("/t/*", "/*", requires_auth=True)
        gateway.configure(tokens_only, route("/k/*", "/*", plugins=KEYS), services=(service(upstream.port),), **MINE)
        assert (await client.ask(get("/k/", f"X-API-Key: {KEY}"))).status == 200
        for fields in ((f"X-API-Key: {KEY}",), (f"Authorization: {KEY}",), (f"Authorization: Bearer {KEY}",)):
            assert (await client.ask(get("/t/", *fields))).status == 401


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"header_names": []}, "both empty"),
        ({"header_names": ["Authorization"]}, "authorization has another meaning"),
        ({"header_names": ["cookie", "Host"]}, "cookie, host"),
    ],
)
def test_what_could_never_work_is_refused_with_the_remedy(config, words):
    with pytest.raises(ValueError, match=words):
        check(config)


async def test_g504_a_route_with_such_a_configuration_answers_an_error():
    found = await asked(get("/", f"X-API-Key: {KEY}"), {"key_auth": {"header_names": []}})
    assert (found.status, found.code, found.received) == (500, "F50000", b"")


async def test_g226_a_renamed_consumer_is_known_by_its_new_name():
    configured = {
        "credentials": (replace(key_credential(), consumer="store"),),
        "consumers": (replace(SHOP, name="store"),),
    }
    assert b"x-consumer: store\r\n" in (await asked(get("/", f"X-API-Key: {KEY}"), configured=configured)).received


async def test_g342_the_limit_of_a_consumer_counts_its_keys_and_its_tokens_over_all_routes():
    limited = replace(SHOP, jwt_subject="u5", rate_limit_rpm=3)
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        bound = (
            route("/a/*", "/*", plugins=KEYS, rate_limit_rpm=None),
            route("/b/*", "/*", requires_auth=True, rate_limit_rpm=None),
        )
        credentials = (key_credential(), key_credential(OTHER_KEY))
        services = (service(upstream.port),)
        gateway.configure(*bound, services=services, credentials=credentials, consumers=(limited,))
        asked_for = [("/a/", f"X-API-Key: {KEY}"), ("/b/", bearer("u5")), ("/a/", f"X-API-Key: {OTHER_KEY}")]
        assert [(await client.ask(get(*request))).status for request in asked_for] == [200, 200, 200]
        assert [(await client.ask(get(*request))).status for request in asked_for] == [429, 429, 429]
        assert (await client.ask(get("/b/", bearer("u6")))).status == 200
