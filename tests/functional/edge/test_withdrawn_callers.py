"""What was taken back ends: open WebSockets (A4), and tokens remembered under a key that is withdrawn (G-007)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from permissions.spec import IssuerSpec, RevokedTokenSpec
from proxy import jwks
from proxy.forwarding import open_tunnels
from proxy.transport.target_guard import TargetGuard
from tests.common.consumer_credentials import KEY, OTHER_KEY, SHOP, key_credential
from tests.common.edge_gateway import FAR_FUTURE, ISSUER, bearer, edge_gateway, route, service
from tests.common.key_server import key_server
from tests.common.raw_client import RawClient
from tests.common.scripted_upstream import scripted
from tests.common.tokens import public_jwk, signed
from tests.common.websocket import CLOSE, MASK, close, frame, handshake, listening, read_frame

REVOKED = (RevokedTokenSpec(jti="t1", expires_at=FAR_FUTURE),)


async def is_told_1008(client: RawClient) -> None:
    found = await read_frame(client.reader)
    assert (found.opcode, found.code) == (CLOSE, 1008)
    await client.send(close(1008, MASK))
    assert await client.reader.read() == b""


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_tokens": REVOKED},
        {"issuers": ()},
        {"issuers": (replace(ISSUER, secret="another-secret-of-the-tests-0123456789"),)},
    ],
    ids=["revoked", "issuer gone", "secret changed"],
)
async def test_a4_a_websocket_ends_when_its_token_is_taken_back(change):
    async with (
        scripted(listening) as upstream,
        edge_gateway(route(requires_auth=True), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
        RawClient(gateway.port) as other,
    ):
        await handshake(client, "/ws", bearer(jti="t1"))
        await handshake(other, "/ws", bearer(jti="t2"))
        gateway.configure(route(requires_auth=True), services=(service(upstream.port),), **change)
        await is_told_1008(client)
        if "revoked_tokens" in change:
            await other.send(frame(b"still here", mask=MASK))
            await asyncio.wait_for(other_hears(upstream, b"still here"), 30)
        else:
            await is_told_1008(other)


async def test_a4_a_websocket_ends_whose_token_is_taken_back_while_its_upstream_takes_its_time():
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def hesitant(connection: Any) -> None:
        read_head = connection.read_head

        async def held() -> bytes:
            head = await read_head()
            asked.set()
            await goes_on.wait()
            return head

        connection.read_head = held
        await listening(connection)

    protected = route(requires_auth=True)
    async with (
        scripted(hesitant) as upstream,
        edge_gateway(protected, services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        shaking = asyncio.create_task(handshake(client, "/ws", bearer(jti="t1")))
        await asyncio.wait_for(asked.wait(), 30)
        gateway.configure(protected, services=(service(upstream.port),), revoked_tokens=REVOKED)
        goes_on.set()
        assert b" 101 " in await shaking
        await is_told_1008(client)


async def other_hears(upstream: Any, payload: bytes) -> None:
    while not any(one.payload == payload for connection in upstream.connections for one in connection.frames):
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("left", [(), (replace(key_credential(), digest="0" * 64),)], ids=["removed", "made anew"])
async def test_a4_a_websocket_ends_when_its_key_is_taken_back(left):
    protected = route(plugins={"key_auth": {}})
    both = (key_credential(), key_credential(OTHER_KEY))
    async with (
        scripted(listening) as upstream,
        edge_gateway(protected, services=(service(upstream.port),)) as gateway,
    ):
        known: dict[str, Any] = {"services": (service(upstream.port),), "consumers": (SHOP,)}
        gateway.configure(protected, credentials=both, **known)
        async with RawClient(gateway.port) as client, RawClient(gateway.port) as other:
            await handshake(client, "/ws", f"x-api-key: {KEY}")
            await handshake(other, "/ws", f"x-api-key: {OTHER_KEY}")
            gateway.configure(protected, credentials=(*left, both[1]), **known)
            await is_told_1008(client)
            await other.send(frame(b"still here", mask=MASK))
            await asyncio.wait_for(other_hears(upstream, b"still here"), 30)


async def test_a4_a_websocket_that_shall_outlive_its_token_outlives_its_revocation_too():
    async with (
        scripted(listening) as upstream,
        edge_gateway(
            route(requires_auth=True), services=(service(upstream.port),), websocket_ends_with_token=False
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client, "/ws", bearer(jti="t1"))
        gateway.configure(route(requires_auth=True), services=(service(upstream.port),), revoked_tokens=REVOKED)
        await client.send(frame(b"still here", mask=MASK))
        await asyncio.wait_for(other_hears(upstream, b"still here"), 30)


@pytest.mark.parametrize("is_withdrawn", [False, True])
async def test_a4_a_websocket_outlives_that_the_keys_of_its_issuer_cannot_be_fetched(monkeypatch, is_withdrawn):
    """Another address for the keys of an issuer makes them unknown; that it fails at first withdraws nothing."""
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(open_tunnels, "AGAIN_SECONDS", 0.05)
    keys_of = {"keys": [public_jwk("RSA", kid="k1")]}
    with key_server() as keys, key_server() as moved:
        keys.answer, moved.status = keys_of, 500
        idp = IssuerSpec(id="7", name="idp", issuer="https://idp", algorithms=("RS256",), jwks_url=keys.url)
        token = signed("RSA", "RS256", "k1", iss="https://idp", exp=FAR_FUTURE)
        protected = route(requires_auth=True)
        async with scripted(listening) as upstream, edge_gateway() as gateway, RawClient(gateway.port) as client:
            gateway.configure(protected, services=(service(upstream.port),), issuers=(idp,))
            await handshake(client, "/ws", f"Authorization: Bearer {token}")
            gateway.configure(
                protected, services=(service(upstream.port),), issuers=(replace(idp, jwks_url=moved.url),)
            )
            while moved.requests < 3:
                await asyncio.sleep(0.01)
            await client.send(frame(b"still here", mask=MASK))
            await asyncio.wait_for(other_hears(upstream, b"still here"), 5)
            moved.answer = {"keys": [public_jwk("RSA-other", kid="k2")]} if is_withdrawn else keys_of
            moved.status = 200
            if is_withdrawn:
                await is_told_1008(client)
            else:
                while gateway.runtime.keys.get("7", "k1") is None:
                    await asyncio.sleep(0.01)
                await client.send(frame(b"and still", mask=MASK))
                await asyncio.wait_for(other_hears(upstream, b"and still"), 5)


async def test_a4_a_websocket_ends_when_its_keys_cannot_be_had_for_a_minute(monkeypatch):
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(open_tunnels, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(open_tunnels, "GRACE_SECONDS", 0.05)
    with key_server() as keys:
        keys.answer = {"keys": [public_jwk("RSA", kid="k1")]}
        idp = IssuerSpec(id="7", name="idp", issuer="https://idp", algorithms=("RS256",), jwks_url=keys.url)
        token = signed("RSA", "RS256", "k1", iss="https://idp", exp=FAR_FUTURE)
        protected = route(requires_auth=True)
        async with scripted(listening) as upstream, edge_gateway() as gateway, RawClient(gateway.port) as client:
            gateway.configure(protected, services=(service(upstream.port),), issuers=(idp,))
            await handshake(client, "/ws", f"Authorization: Bearer {token}")
            keys.status = 500
            elsewhere = replace(idp, jwks_url=f"{keys.url}/moved")
            gateway.configure(protected, services=(service(upstream.port),), issuers=(elsewhere,))
            await is_told_1008(client)


async def test_g007_a_key_that_vanishes_ends_what_it_had_verified(monkeypatch):
    """A remembered token has its keys looked at again, and a refreshed set without its key ends all."""
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    line = "Authorization: Bearer " + signed("RSA", "RS256", "k1", iss="https://idp", exp=FAR_FUTURE)
    with key_server() as keys:
        keys.answer = {"keys": [public_jwk("RSA", kid="k1"), public_jwk("P-256", kid="k2")]}
        idp = IssuerSpec(id="7", name="idp", issuer="https://idp", algorithms=("RS256",), jwks_url=keys.url)
        async with scripted(listening) as upstream, edge_gateway() as gateway:
            gateway.configure(route(requires_auth=True), services=(service(upstream.port),), issuers=(idp,))
            async with RawClient(gateway.port) as client:
                assert b" 101 " in await handshake(client, "/ws", line)
                remembered = gateway.runtime.snapshot.parts.principals
                shown = line.partition(": ")[2].encode()
                found = remembered.get(shown, 0.0)
                assert found is not None
                assert found.valid_until < FAR_FUTURE
                keys.answer = {"keys": [public_jwk("P-256", kid="k2")]}
                await gateway.runtime.keys.fetch([idp])
                assert remembered.get(shown, 0.0) is None
                await is_told_1008(client)
            async with RawClient(gateway.port) as client:
                assert b" 401 " in await handshake(client, "/ws", line)


async def test_g007_a_token_of_a_key_set_is_looked_at_again_in_time():
    """Else nobody would ever ask for the set anew while one remembered token is all that comes."""
    keys = jwks.JwksKeys(TargetGuard(()))
    keys.replace_issuers([IssuerSpec(id="7", name="idp", issuer="i", algorithms=("RS256",), jwks_url="http://x")])
    assert keys.remembered_seconds("7") == jwks.REFRESH_SECONDS
    assert keys.remembered_seconds("builtin") == float("inf")
