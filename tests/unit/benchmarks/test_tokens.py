from __future__ import annotations

import json

import jwt
import pytest

from benchmarks.tokens import Algorithm, key_set, token


def claims(signed: str, algorithm: Algorithm) -> dict[str, object]:
    key = jwt.PyJWK(json.loads(key_set(algorithm))["keys"][0])
    return dict(jwt.decode(signed, key, algorithms=[algorithm]))


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_the_key_set_given_to_the_peers_verifies_the_tokens_of_the_load(algorithm: Algorithm) -> None:
    assert claims(token(algorithm=algorithm), algorithm)["permissions"] == ["report.read"]


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_a_foreign_token_is_signed_with_a_key_that_is_in_no_set(algorithm: Algorithm) -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        claims(token(algorithm=algorithm, foreign=True), algorithm)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_a_negative_lifetime_makes_an_expired_token(algorithm: Algorithm) -> None:
    with pytest.raises(jwt.ExpiredSignatureError):
        claims(token(algorithm=algorithm, lifetime=-60), algorithm)
