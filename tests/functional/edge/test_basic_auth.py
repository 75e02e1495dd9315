"""The plugin `basic_auth` on the real edge (G-226, RFC 7617)."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest

from permissions.password_hash import hash_password
from proxy.stages.basic_auth import MAX_ENCODED_BYTES
from tests.common.consumer_credentials import (
    KEY,
    PASSWORD,
    SALT,
    SHOP,
    basic,
    basic_credential,
    key_credential,
    quick_hash,
)
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import Answer, RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted
from tests.functional.edge.test_key_auth import asked

PASSWORDS = {"basic_auth": {}}
MINE = {"credentials": (basic_credential(), key_credential()), "consumers": (SHOP,)}
CHALLENGE = b'Basic realm="api-gateway", charset="UTF-8"'


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
async def test_g226_a_password_lets_its_consumer_in_and_the_instance_learns_who_it_is(scheme):
    found = await asked(get("/", basic(scheme=scheme)), PASSWORDS, MINE)
    assert found.status == 200
    assert b"x-consumer: shop\r\n" in found.received
    assert b"x-credential-identifier: till-1\r\n" in found.received
    assert b"x-user-id" not in found.received
    assert b"authorization" not in found.received


async def test_g226_a_hash_of_the_usual_price_is_checked():
    row = basic_credential(digest=hash_password(PASSWORD, SALT))
    assert (await asked(get("/", basic()), PASSWORDS, {**MINE, "credentials": (row,)})).status == 200


async def test_g226_hide_credentials_off_sends_the_password_on():
    found = await asked(get("/", basic()), {"basic_auth": {"hide_credentials": False}}, MINE)
    assert b"authorization: Basic " in found.received


@pytest.mark.parametrize(
    "field",
    [
        "",
        basic(password="wrong horse battery"),
        basic(username="nobody"),
        basic(username="TILL-1"),
        "Authorization: Basic",
        "Authorization: Basic  " + b64encode(f"till-1:{PASSWORD}".encode()).decode(),
        "Authorization: Basic not-base64!",
        "Authorization: Basic " + b64encode(b"no colon").decode(),
        "Authorization: Basic " + b64encode(b"till-1:\xff").decode(),
        "Authorization: Basic " + "A" * (MAX_ENCODED_BYTES + 4),
        bearer(),
        f"X-API-Key: {KEY}",
    ],
)
async def test_g226_without_a_good_password_the_instance_is_not_called(field):
    found = await asked(get("/", *([field] if field else [])), PASSWORDS, MINE)
    assert (found.status, found.code, found.received) == (401, "F40001", b"")
    assert found.challenges == [CHALLENGE]


async def test_g226_a_password_that_has_ended_is_refused():
    configured = {**MINE, "credentials": (basic_credential(expires_at=1.0),)}
    assert (await asked(get("/", basic()), PASSWORDS, configured)).status == 401


async def test_g226_a_changed_or_deleted_password_is_refused_by_the_next_request():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        bound, services = route(plugins=PASSWORDS), (service(upstream.port),)
        gateway.configure(bound, services=services, **MINE)
        assert (await client.ask(get("/", basic()))).status == 200
        changed = basic_credential(password="another good password")
        gateway.configure(bound, services=services, consumers=(SHOP,), credentials=(changed,))
        assert (await client.ask(get("/", basic()))).status == 401
        assert (await client.ask(get("/", basic(password="another good password")))).status == 200
        gateway.configure(bound, services=services, consumers=(SHOP,))
        assert (await client.ask(get("/", basic(password="another good password")))).status == 401


async def test_g226_a_reload_does_not_ask_the_slow_hash_again():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        bound, services = route(plugins=PASSWORDS), (service(upstream.port),)
        gateway.configure(bound, services=services, **MINE)
        await client.ask(get("/", basic()))
        gateway.configure(bound, services=services, **MINE)
        gateway.runtime.live.passwords.close()  # a check would now fail
        assert (await client.ask(get("/", basic()))).status == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [((basic(),), 200), ((bearer(),), 200), ((basic(password="wrong wrong wrong"),), 401), ((), 401)],
)
async def test_g320_on_a_route_that_requires_auth_a_token_is_the_other_way_in(fields, status):
    found = await asked(get("/", *fields), PASSWORDS, MINE, requires_auth=True)
    assert found.status == status
    if status == 401:
        assert found.challenges == [CHALLENGE, b"Bearer"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [((basic(),), 200), ((f"X-API-Key: {KEY}",), 200), ((f"X-API-Key: {KEY}x", basic()), 401), ((), 401)],
)
async def test_g226_with_key_auth_beside_it_either_is_enough_and_a_wrong_one_is_not(fields, status):
    found = await asked(get("/", *fields), {"basic_auth": {"realm": "shop"}, "key_auth": {}}, MINE)
    assert found.status == status
    if status == 401:
        assert found.challenges == [b"ApiKey", b'Basic realm="shop", charset="UTF-8"']


async def test_a_password_does_not_open_a_route_that_takes_tokens_only():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        tokens_only = route("/t/*", "/*", requires_auth=True)
        bound = route("/b/*", "/*", plugins=PASSWORDS)
        gateway.configure(tokens_only, bound, services=(service(upstream.port),), **MINE)
        assert (await client.ask(get("/b/", basic()))).status == 200
        assert (await client.ask(get("/t/", basic()))).status == 401


async def patiently(client: RawClient, request: bytes) -> Answer:
    """The answer, for which a check of a password may be waited for on a machine that is busy."""
    await client.send(request)
    return await client.answer(timeout=30.0)


async def test_g226_a_flood_of_wrong_passwords_leaves_other_requests_alone():
    """Forty clients guess without a pause; who is remembered, who has a key and who needs neither are all served."""
    slow = basic_credential(digest=quick_hash(PASSWORD, log2_n=14))
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        guarded = route("/guarded/*", "/*", plugins={"basic_auth": {}, "key_auth": {}})
        gateway.configure(
            guarded, route("/open/*", "/*"), services=(service(upstream.port),),
            credentials=(slow, key_credential()), consumers=(SHOP,),
        )  # fmt: skip
        assert (await patiently(client, get("/guarded/", basic()))).status == 200
        refusals: list[int] = []
        ended = asyncio.Event()

        async def guess(number: int) -> None:
            async with RawClient(gateway.port) as stranger:
                count = 0
                while not ended.is_set():
                    count += 1
                    answer = await patiently(stranger, get("/guarded/", basic(password=f"guess {number} {count}")))
                    refusals.append(answer.status)

        strangers = [asyncio.create_task(guess(number)) for number in range(40)]
        while len(refusals) < 100:
            await asyncio.sleep(0.01)
        for request in (get("/open/"), get("/guarded/", basic()), get("/guarded/", f"X-API-Key: {KEY}")) * 20:
            assert (await patiently(client, request)).status == 200
        ended.set()
        await asyncio.gather(*strangers)
    assert set(refusals) == {401, 429}
    assert refusals.count(401) <= 24
