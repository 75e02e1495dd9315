from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions.credentials import CredentialError, KeysNeeded, NoKeys, TokenVerifier, bearer_token
from permissions.spec import IssuerSpec, RevokedTokenSpec
from permissions.verification_key import VerificationKey, from_jwk
from tests.common.tokens import (
    BUILT_IN,
    NOW,
    OTHER_SECRET,
    SECRET,
    claims,
    private_key,
    public_jwk,
    public_pem,
    raw_token,
    segment,
    signed,
    token,
)

RSA_ROW = IssuerSpec(
    id="rsa", name="rsa", issuer="https://idp", algorithms=("RS256",), public_key_pem=public_pem("RSA")
)
SET_ROW = IssuerSpec(id="set", name="set", issuer="https://idp", algorithms=("RS256",), jwks_url="https://idp/keys")


class Keys:
    """Keys at hand; remembers what was asked for."""

    def __init__(self, **held: VerificationKey) -> None:
        self.held = held
        self.asked: list[tuple[str, str]] = []

    def get(self, issuer_id: str, kid: str) -> VerificationKey | None:
        self.asked.append((issuer_id, kid))
        return self.held.get(kid)


def refused(verifier: TokenVerifier, text: str, now: float = NOW) -> str:
    with pytest.raises(CredentialError) as caught:
        verifier.verify(text, now)
    return caught.value.reason


def test_g007_a_token_of_the_built_in_issuer_is_accepted() -> None:
    assert TokenVerifier([BUILT_IN]).verify(token(), NOW).subject == "u1"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "HS384", "RS256", "hs256", ""])
@pytest.mark.parametrize("with_signature", [True, False])
def test_g008_alg_none_and_every_algorithm_the_row_does_not_name_is_refused(
    algorithm: str, with_signature: bool
) -> None:
    text = raw_token({"alg": algorithm, "typ": "JWT"}, claims())
    text = text if with_signature else text.rsplit(".", 1)[0] + "."
    assert "signature" in refused(TokenVerifier([BUILT_IN]), text)


def test_a1_a_public_key_used_as_a_secret_by_the_client_is_refused() -> None:
    """The classic confusion: sign HS256 with the text of the RSA public key."""
    forged = raw_token({"alg": "HS256"}, claims(iss="https://idp"), secret=public_pem("RSA"))
    assert "signature" in refused(TokenVerifier([RSA_ROW]), forged)


def test_a1_a_row_with_a_public_key_as_its_secret_accepts_nothing() -> None:
    row = replace(BUILT_IN, secret=public_pem("RSA"))
    verifier = TokenVerifier([row])
    assert "public key" in verifier.problems["built-in"]
    refused(verifier, raw_token({"alg": "HS256"}, claims(), secret=public_pem("RSA")))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a1_a_key_that_the_token_brings_along_is_ignored(name: str) -> None:
    evil = jwt.encode(claims(iss="https://idp"), private_key("RSA-other"), "RS256", {name: public_jwk("RSA-other")})
    good = jwt.encode(claims(iss="https://idp"), private_key("RSA"), "RS256", {name: public_jwk("RSA-other")})
    verifier = TokenVerifier([RSA_ROW])
    assert "signature" in refused(verifier, evil)
    assert verifier.verify(good, NOW).subject == "u1"


def test_g008_a_badly_signed_token_is_refused() -> None:
    verifier = TokenVerifier([BUILT_IN])
    head, _, _ = token().split(".")
    assert "signature" in refused(verifier, token(OTHER_SECRET))
    assert "signature" in refused(verifier, f"{head}.{segment(json.dumps(claims(sub='root')))}.{token().split('.')[2]}")


@pytest.mark.parametrize("issuer", ["other", "API-GATEWAY", "", None, 5, ["api-gateway"], {"a": 1}])
def test_g008_a_wrong_issuer_is_refused(issuer: Any) -> None:
    assert "issuer" in refused(TokenVerifier([BUILT_IN]), raw_token({"alg": "HS256"}, {**claims(), "iss": issuer}))


def test_g007_a_row_without_issuer_judges_tokens_without_iss() -> None:
    verifier = TokenVerifier([replace(BUILT_IN, issuer="")])
    assert verifier.verify(token(iss=None), NOW).subject == "u1"
    assert "issuer" in refused(verifier, token())


def test_g008_expired_tokens_and_refresh_tokens_are_refused() -> None:
    verifier = TokenVerifier([BUILT_IN])
    assert "expired" in refused(verifier, token(), NOW + 60)
    assert "access token" in refused(verifier, token(token_type="refresh"))


def test_g009_a_revoked_token_is_refused_and_one_without_jti_is_not_touched() -> None:
    verifier = TokenVerifier([BUILT_IN], [RevokedTokenSpec(jti="j1", expires_at=NOW + 60)])
    assert "revoked" in refused(verifier, token(jti="j1"))
    assert verifier.verify(token(jti="j2"), NOW).jti == "j2"
    assert verifier.verify(token(), NOW).jti == ""


def test_g009_an_identity_verified_before_the_revocation_is_found_out() -> None:
    known = TokenVerifier([BUILT_IN]).verify(token(jti="j1"), NOW)
    assert TokenVerifier([BUILT_IN], [RevokedTokenSpec(jti="j1", expires_at=0)]).is_revoked(known)
    assert not TokenVerifier([BUILT_IN]).is_revoked(known)


def test_g007_issuers_of_one_name_are_tried_by_key() -> None:
    second = replace(BUILT_IN, id="second", secret=OTHER_SECRET)
    verifier = TokenVerifier([BUILT_IN, second])
    assert verifier.verify(token(), NOW).issuer_id == "built-in"
    assert verifier.verify(token(OTHER_SECRET), NOW).issuer_id == "second"


def test_g007_a_row_that_refuses_the_claims_leaves_the_token_to_the_next_row() -> None:
    rows = [replace(BUILT_IN, audience="a"), replace(BUILT_IN, id="second", audience="b")]
    assert TokenVerifier(rows).verify(token(aud="b"), NOW).issuer_id == "second"
    assert "audience" in refused(TokenVerifier(rows), token(aud="c"))


def test_g007_kid_is_only_looked_up_in_the_keys_at_hand() -> None:
    keys = Keys(k1=from_jwk(public_jwk("RSA"), ["RS256"]))
    verifier = TokenVerifier([SET_ROW], keys=keys)
    assert verifier.verify(signed("RSA", "RS256", "k1", iss="https://idp"), NOW).subject == "u1"
    with pytest.raises(KeysNeeded):
        verifier.verify(signed("RSA", "RS256", "../../etc/passwd", iss="https://idp"), NOW)
    assert keys.asked == [("set", "k1"), ("set", "../../etc/passwd")]


def test_g007_a_key_that_is_not_known_yet_names_the_issuers_to_ask() -> None:
    with pytest.raises(KeysNeeded) as caught:
        TokenVerifier([SET_ROW, replace(SET_ROW, id="set2")]).verify(
            signed("RSA", "RS256", "k9", iss="https://idp"), NOW
        )
    assert caught.value.issuer == SET_ROW
    assert [row.id for row in caught.value.issuers] == ["set", "set2"]
    assert caught.value.kid == "k9"


def test_g007_another_row_of_the_same_issuer_may_accept_while_keys_are_missing() -> None:
    verifier = TokenVerifier([SET_ROW, RSA_ROW], keys=NoKeys())
    assert verifier.verify(signed("RSA", "RS256", "k1", iss="https://idp"), NOW).issuer_id == "rsa"


def test_a2_a_missing_key_is_a_refusal_to_whoever_cannot_fetch_it() -> None:
    assert issubclass(KeysNeeded, CredentialError)


def test_g007_a_key_of_a_set_is_not_used_for_an_algorithm_the_row_does_not_name() -> None:
    keys = Keys(k1=from_jwk(public_jwk("RSA"), ["RS256", "PS256"]))
    assert "signature" in refused(TokenVerifier([SET_ROW], keys=keys), signed("RSA", "PS256", "k1", iss="https://idp"))


@pytest.mark.parametrize(
    "row",
    [
        replace(BUILT_IN, public_key_pem=public_pem("RSA")),
        replace(BUILT_IN, secret=""),
        replace(BUILT_IN, secret="short"),
        replace(BUILT_IN, leeway_seconds=31),
        replace(BUILT_IN, leeway_seconds=-1),
        replace(BUILT_IN, algorithms=("none",)),
        replace(RSA_ROW, id="built-in", public_key_pem="nonsense"),
    ],
)
def test_g504_a_row_that_cannot_be_used_accepts_nothing_and_says_why(row: IssuerSpec) -> None:
    verifier = TokenVerifier([row])
    assert verifier.problems["built-in"]
    assert "issuer" in refused(verifier, token())


@pytest.mark.parametrize("value", ["Bearer abc.def.ghi", "bearer abc.def.ghi", "BEARER   abc.def.ghi "])
def test_g007_the_token_is_taken_from_the_bearer_header(value: str) -> None:
    assert bearer_token([value]) == "abc.def.ghi"


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["Bearer a.b.c", "Bearer a.b.c"],
        ["Bearer a.b.c, Bearer d.e.f"],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Basic dTpw"],
        ["a.b.c"],
        ["Bearer a b"],
        ["Bearer a\tb"],
        ["Bearer\ta.b.c"],
        ["Bearer a.b.c\n"],
        ["Bearer é.b.c"],
        ["Token a.b.c"],
        ["Bearer " + "a" * 8193],
    ],
)
def test_g008_anything_but_exactly_one_bearer_header_is_refused(values: list[str]) -> None:
    with pytest.raises(CredentialError):
        bearer_token(values)


def test_a1_a_token_of_8_kib_fits_the_header() -> None:
    assert len(bearer_token(["Bearer " + "a" * 8192])) == 8192


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(
        ["iss", "sub", "exp", "nbf", "iat", "aud", "jti", "permissions", "role", "roles", "token_type", "typ"]
    ),
    JSON,
)
def test_g008_no_signed_claim_of_any_type_makes_the_verifier_fail_otherwise(claim: str, value: Any) -> None:
    text = raw_token({"alg": "HS256"}, json.dumps({**claims(), claim: value}))
    with contextlib.suppress(CredentialError):
        assert TokenVerifier([BUILT_IN]).verify(text, NOW).subject


@pytest.mark.skipif(sys.gettrace() is not None, reason="measuring coverage makes every line slower")
def test_the_secret_of_tests_is_long_enough_for_every_algorithm_used() -> None:
    assert len(SECRET) == len(OTHER_SECRET) == 48


def test_g007_an_issuer_is_believed_until_its_end_whatever_the_token_says() -> None:
    until = replace(BUILT_IN, expires_at=NOW + 30)
    identity = TokenVerifier([until]).verify(token(), NOW)
    assert identity.expires_at == NOW + 30  # remembered no longer than that; the token itself runs for 60 s
    assert TokenVerifier([until]).verify(token(), NOW + 29.9)
    assert "signature" in refused(TokenVerifier([until]), token(), NOW + 30)
    assert TokenVerifier([replace(BUILT_IN, expires_at=NOW + 90)]).verify(token(), NOW).expires_at == NOW + 60


def test_g007_the_rows_of_one_issuer_end_one_by_one() -> None:
    old, new = replace(BUILT_IN, id="old", expires_at=NOW), replace(BUILT_IN, id="new", secret=OTHER_SECRET)
    verifier = TokenVerifier([old, new])
    assert verifier.verify(token(OTHER_SECRET), NOW).issuer_id == "new"
    assert "signature" in refused(verifier, token(), NOW)
    assert verifier.verify(token(), NOW - 1).issuer_id == "old"


def test_a_set_of_keys_of_an_issuer_that_has_ended_is_not_fetched() -> None:
    ended = replace(SET_ROW, expires_at=NOW)
    text = signed("RSA", "RS256", iss="https://idp")
    keys = Keys()
    assert "signature" in refused(TokenVerifier([ended], keys=keys), text)
    assert keys.asked == []
