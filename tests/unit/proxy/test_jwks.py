from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from permissions.credentials import CredentialError, KeysNeeded, TokenVerifier
from permissions.spec import IssuerSpec
from proxy import jwks, key_set_download
from proxy.jwks import JwksKeys
from proxy.key_set import KeySetError, parse_key_set
from proxy.transport.target_guard import TargetGuard
from tests.common.key_server import KeyServer, key_server
from tests.common.tokens import NOW, public_jwk, segment, signed


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server() as running:
        running.answer = {"keys": [public_jwk("RSA", kid="k1")]}
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(server: KeyServer) -> IssuerSpec:
    return IssuerSpec(id="7", name="idp", issuer="https://idp", algorithms=("RS256", "ES256"), jwks_url=server.url)


@pytest.fixture
def keys(issuer: IssuerSpec, clock: Clock) -> JwksKeys:
    source = JwksKeys(TargetGuard(()), clock)
    source.replace_issuers([issuer])
    return source


async def settled(keys: JwksKeys) -> None:
    while any(known.fetch for known in keys._sets.values()):
        await asyncio.sleep(0.01)


async def test_g007_a_token_of_a_key_set_is_accepted_after_one_fetch(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer
) -> None:
    verifier = TokenVerifier([issuer], keys=keys)
    text = signed("RSA", "RS256", "k1", iss="https://idp")
    with pytest.raises(KeysNeeded) as needed:
        verifier.verify(text, NOW)
    await keys.fetch(needed.value.issuers)
    assert verifier.verify(text, NOW).subject == "u1"
    assert verifier.verify(signed("RSA", "RS256", iss="https://idp"), NOW).subject == "u1"
    assert server.requests == 1


async def test_g007_a_key_that_is_alone_answers_to_no_id_and_one_of_two_does_not(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer
) -> None:
    server.answer = {"keys": [public_jwk("RSA", kid="k1"), public_jwk("P-256", kid="k2")]}
    await keys.fetch([issuer])
    assert keys.get("7", "k2") is not None
    assert keys.get("7", "") is None


async def test_g007_an_unknown_kid_asks_the_issuer_once_in_ten_seconds(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer, clock: Clock
) -> None:
    for _ in range(20):
        await keys.fetch([issuer])
        assert keys.get("7", "k2") is None
        clock.now += 0.4
    assert server.requests == 1
    server.answer = {"keys": [public_jwk("RSA", kid="k1"), public_jwk("P-256", kid="k2")]}
    clock.now += 2.1
    await keys.fetch([issuer])
    assert keys.get("7", "k2") is not None
    assert server.requests == 2


async def test_g007_an_address_that_fails_is_not_asked_again_at_once(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer
) -> None:
    server.status = 500
    for _ in range(5):
        await keys.fetch([issuer])
    assert server.requests == 1
    assert keys.failures() == ("idp",)


async def test_g007_all_who_wait_share_one_fetch_and_one_who_leaves_does_not_end_it(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer
) -> None:
    server.may_answer.clear()
    waiting = [asyncio.ensure_future(keys.fetch([issuer])) for _ in range(10)]
    await asyncio.sleep(0.05)
    waiting[0].cancel()
    await asyncio.sleep(0)
    server.may_answer.set()
    await asyncio.gather(*waiting[1:])
    assert waiting[0].cancelled()
    assert keys.get("7", "k1") is not None
    assert server.requests == 1


async def test_g007_old_keys_are_used_on_while_they_are_refreshed_in_the_background(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer, clock: Clock
) -> None:
    await keys.fetch([issuer])
    server.answer = {"keys": [public_jwk("P-256", kid="k2")]}
    clock.now += jwks.REFRESH_SECONDS
    assert keys.get("7", "k1") is not None
    assert server.requests == 1
    clock.now += 1
    assert keys.get("7", "k1") is not None
    assert keys.get("7", "k1") is not None
    await settled(keys)
    assert server.requests == 2
    assert keys.get("7", "k1") is None
    assert keys.get("7", "k2") is not None


async def test_g007_the_last_good_keys_stay_for_a_day_when_the_address_fails(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer, clock: Clock
) -> None:
    await keys.fetch([issuer])
    server.status = 503
    clock.now += 3600
    assert keys.get("7", "k1") is not None
    await settled(keys)
    assert keys.failures() == ("idp",)
    clock.now += jwks.KEEP_SECONDS - 3600
    assert keys.get("7", "k1") is not None
    clock.now += 1
    assert keys.get("7", "k1") is None
    await settled(keys)


def test_g007_without_an_event_loop_old_keys_are_named_as_due(keys: JwksKeys, issuer: IssuerSpec, clock: Clock) -> None:
    asyncio.run(keys.fetch([issuer]))
    assert keys.due() == ()
    clock.now += jwks.REFRESH_SECONDS + 1
    assert keys.get("7", "k1") is not None
    assert keys.due() == (issuer,)
    asyncio.run(keys.fetch(keys.due()))
    assert keys.due() == ()


async def test_g142_an_issuer_that_changes_starts_afresh_and_one_that_does_not_keeps_its_keys(
    keys: JwksKeys, issuer: IssuerSpec
) -> None:
    await keys.fetch([issuer])
    keys.replace_issuers([replace(issuer, audience="api")])
    assert keys.get("7", "k1") is not None
    keys.replace_issuers([replace(issuer, algorithms=("ES256",))])
    assert keys.get("7", "k1") is None
    keys.replace_issuers([])
    await keys.fetch([issuer])
    assert keys.get("7", "k1") is None


async def test_a_secret_or_a_pem_key_needs_no_address(clock: Clock) -> None:
    row = IssuerSpec(id="1", name="a", issuer="", algorithms=("HS256",), secret="x" * 32)
    keys = JwksKeys(TargetGuard(()), clock)
    keys.replace_issuers([row])
    await keys.fetch([row])
    assert keys.get("1", "") is None
    assert keys.failures() == ()


GOOD = public_jwk("RSA", kid="k1")
BAD_DOCUMENTS: list[Any] = [
    b"",
    b"<html>sorry</html>",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'"keys"',
    b"1e999",
    b"{",
    b"[" * 20_000,
    {},
    {"keys": None},
    {"keys": {}},
    {"keys": "k1"},
    {"keys": [GOOD] * 101},
    json.dumps({"keys": [GOOD]}).encode() + b" trailing",
    b'{"keys": [], "keys": [' + json.dumps(GOOD).encode() + b"]}",
    b'{"keys": [NaN]}',
    b" " * (256 * 1024 + 1) + json.dumps({"keys": [GOOD]}).encode(),
    json.dumps({"keys": [GOOD]}).encode("utf-16"),
    {"error": {"keys": [GOOD]}},
]
USELESS_KEYS: list[Any] = [
    None,
    1,
    "RSA",
    [],
    {},
    {**GOOD, "kid": 5},
    {**GOOD, "use": "enc"},
    {**GOOD, "alg": "RS512"},
    {**GOOD, "alg": "HS256"},
    {**GOOD, "key_ops": ["sign"]},
    {**GOOD, "n": "AQAB"},
    {"kty": "oct", "kid": "k1", "k": segment(b"x" * 64)},
    public_jwk("P-384", kid="k1"),
]


@pytest.mark.parametrize("document", BAD_DOCUMENTS, ids=range(len(BAD_DOCUMENTS)))
async def test_g007_a_bad_document_is_never_accepted_and_leaves_the_last_good_keys(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer, clock: Clock, document: Any
) -> None:
    await keys.fetch([issuer])
    before = keys.get("7", "k1")
    server.answer = document
    clock.now += jwks.PAUSE_SECONDS
    await keys.fetch([issuer])
    assert server.requests == 2
    assert keys.failures() == ("idp",)
    assert keys.get("7", "k1") is before


@pytest.mark.parametrize("key", USELESS_KEYS, ids=range(len(USELESS_KEYS)))
async def test_g007_a_useless_key_is_passed_over_and_its_neighbour_is_not(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer, key: Any
) -> None:
    server.answer = {"keys": [key, public_jwk("P-256", kid="k2")]}
    await keys.fetch([issuer])
    assert keys.get("7", "k1") is None
    assert keys.get("7", "k2") is not None


async def test_g007_an_empty_set_withdraws_every_key(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer, clock: Clock
) -> None:
    await keys.fetch([issuer])
    server.answer = {"keys": []}
    clock.now += jwks.PAUSE_SECONDS
    await keys.fetch([issuer])
    assert keys.get("7", "k1") is None


@pytest.mark.parametrize(
    ("status", "headers"),
    [(404, {}), (500, {}), (204, {}), (302, {"Location": "/other"}), (200, {"Content-Encoding": "gzip"})],
)
async def test_g007_any_other_reply_is_no_key_set(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer, status: int, headers: dict[str, str]
) -> None:
    server.status, server.headers = status, headers
    if status == 204:
        server.answer = b""
    await keys.fetch([issuer])
    assert server.requests == 1
    assert keys.get("7", "k1") is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/keys", "http://[::1", "http://", "ftp://127.0.0.1/", "http://a b/"]
)
async def test_g007_an_address_nobody_answers_at_is_a_refusal(clock: Clock, url: str) -> None:
    row = IssuerSpec(id="1", name="a", issuer="https://idp", algorithms=("RS256",), jwks_url=url)
    keys = JwksKeys(TargetGuard(()), clock)
    keys.replace_issuers([row])
    await keys.fetch([row])
    with pytest.raises(CredentialError):
        TokenVerifier([row], keys=keys).verify(signed("RSA", "RS256", "k1", iss="https://idp"), NOW)


async def test_g007_an_address_that_does_not_answer_is_given_up(
    keys: JwksKeys, issuer: IssuerSpec, server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_set_download, "FETCH_SECONDS", 0.1)
    server.may_answer.clear()
    await keys.fetch([issuer])
    assert keys.failures() == ("idp",)


def test_of_two_keys_with_one_id_the_first_counts() -> None:
    found = parse_key_set(
        json.dumps({"keys": [public_jwk("RSA", kid="k"), public_jwk("P-256", kid="k")]}).encode(), ["RS256", "ES256"]
    )
    assert set(found["k"].algorithms) == {"RS256"}


def test_a_document_that_is_no_key_set_says_so() -> None:
    with pytest.raises(KeySetError, match="strict JSON"):
        parse_key_set(b"nonsense", ["RS256"])
