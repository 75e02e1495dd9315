"""A key that its issuer withdraws, or replaces, stops counting within a minute and without a stampede (R-16, A1)."""

from __future__ import annotations

import asyncio

import pytest

from permissions.spec import IssuerSpec
from proxy import jwks, key_set_download
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.key_server import key_server
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted
from tests.common.tokens import public_jwk, signed


def test_r16_what_is_remembered_refreshed_and_fetched_comes_to_a_minute_at_most() -> None:
    """Remembered for one time of refreshing, and refreshed by the first look after it."""
    assert 2 * jwks.REFRESH_SECONDS + key_set_download.FETCH_SECONDS <= 60
    assert jwks.PAUSE_SECONDS >= 10


async def test_r16_a_remembered_token_ends_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "REFRESH_SECONDS", 0.3)
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.2)
    far = 4_000_000_000
    old = f"Authorization: Bearer {signed('RSA', 'RS256', 'k1', iss='https://idp', exp=far)}"
    new = f"Authorization: Bearer {signed('RSA-other', 'RS256', 'k1', iss='https://idp', exp=far)}"
    with key_server() as server:
        server.answer = {"keys": [public_jwk("RSA", kid="k1")]}
        issuer = IssuerSpec(id="7", name="idp", issuer="https://idp", algorithms=("RS256",), jwks_url=server.url)
        async with (
            scripted(answering(ok())) as upstream,
            edge_gateway() as gateway,
            RawClient(gateway.port) as client,
        ):
            guarded = route(requires_auth=True)
            gateway.configure(guarded, services=(service(upstream.port),), issuers=(issuer,))
            assert (await client.ask(get("/", old))).status == 200
            assert (await client.ask(get("/", new))).status == 401
            server.answer = {"keys": [public_jwk("RSA-other", kid="k1")]}
            for _ in range(200):
                if (await client.ask(get("/", old))).status == 401:
                    break
                await asyncio.sleep(0.05)
            assert (await client.ask(get("/", old))).status == 401
            assert (await client.ask(get("/", new))).status == 200
            asked = server.requests
            statuses = {(await client.ask(get("/", old))).status for _ in range(100)}
            assert statuses == {401}
            assert server.requests - asked <= 100 * 0.05 / 0.2 + 10
