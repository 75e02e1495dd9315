from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import get_default_algorithms

from permissions.verification_key import ALGORITHMS, KeyMaterialError, from_jwk, from_pem, from_secret
from tests.common.tokens import SECRET, private_key, public_jwk, public_pem, segment

KINDS = [
    ("RSA", "RS256"),
    ("RSA", "PS512"),
    ("P-256", "ES256"),
    ("P-384", "ES384"),
    ("P-521", "ES512"),
    ("Ed25519", "EdDSA"),
]
EVERY_KIND = tuple(name for name in ALGORITHMS if not name.startswith("HS"))


def private_pem(kind: str) -> str:
    return private_key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(("kind", "algorithm"), KINDS)
def test_g007_a_public_key_checks_signatures_of_its_algorithm(kind: str, algorithm: str) -> None:
    signature = get_default_algorithms()[algorithm].sign(b"message", private_key(kind))
    for key in (from_pem(public_pem(kind), [algorithm]), from_jwk(public_jwk(kind), [algorithm])):
        assert key.verifies(algorithm, b"message", signature)
        assert not key.verifies(algorithm, b"another", signature)
        assert not key.verifies(algorithm, b"message", b"")


def test_a1_a_key_verifies_nothing_for_an_algorithm_it_is_not_for() -> None:
    key = from_secret(SECRET, ["HS256"])
    for algorithm in ("none", "None", "HS512", "RS256", ""):
        assert not key.verifies(algorithm, b"message", b"")


@pytest.mark.parametrize("kind", ["RSA", "P-256", "Ed25519"])
def test_a1_a_public_key_can_never_be_a_shared_secret(kind: str) -> None:
    with pytest.raises(KeyMaterialError, match="public key"):
        from_secret(public_pem(kind), ["HS256"])


def test_a1_a_jwk_can_never_be_a_shared_secret() -> None:
    with pytest.raises(KeyMaterialError, match="JWK"):
        from_secret('{"kty":"oct","k":"' + "A" * 64 + '"}', ["HS256"])


@pytest.mark.parametrize(
    ("secret", "algorithms"),
    [
        ("x" * 31, ["HS256"]),
        ("", ["HS256"]),
        ("x" * 47, ["HS256", "HS384"]),
        ("x" * 63, ["HS512"]),
        (SECRET, []),
        (SECRET, ["RS256"]),
        (SECRET, ["none"]),
    ],
)
def test_g007_a_short_secret_or_an_algorithm_of_another_kind_is_refused(secret: str, algorithms: list[str]) -> None:
    with pytest.raises(KeyMaterialError):
        from_secret(secret, algorithms)


def test_g007_a_secret_is_measured_in_bytes() -> None:
    assert from_secret("密" * 11, ["HS256"]).algorithms.keys() == {"HS256"}


@pytest.mark.parametrize(
    ("pem", "algorithms"),
    [
        ("", ["RS256"]),
        ("not pem", ["RS256"]),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", ["RS256"]),
        ("é", ["RS256"]),
        (public_pem("RSA"), ["HS256"]),
        (public_pem("RSA"), ["ES256"]),
        (public_pem("RSA-1024"), ["RS256"]),
        (public_pem("P-256"), ["ES384"]),
        (public_pem("P-256"), ["RS256"]),
        (public_pem("secp256k1"), ["ES256"]),
        (public_pem("Ed25519"), ["ES256"]),
        (public_pem("RSA"), []),
        (private_pem("RSA"), ["RS256"]),
    ],
)
def test_g007_a_pem_key_that_does_not_fit_its_algorithms_is_refused(pem: str, algorithms: list[str]) -> None:
    with pytest.raises(KeyMaterialError):
        from_pem(pem, algorithms)


def test_g007_a_jwk_is_only_for_the_algorithm_it_names() -> None:
    assert set(from_jwk(public_jwk("RSA"), ["RS256", "PS256", "ES256"]).algorithms) == {"RS256", "PS256"}
    assert set(from_jwk(public_jwk("RSA", alg="PS256"), ["RS256", "PS256"]).algorithms) == {"PS256"}


BAD_JWKS: list[dict[str, Any]] = [
    {},
    {"kty": "oct", "k": segment(b"x" * 64)},
    {"kty": 5},
    {"kty": "DSA"},
    public_jwk("RSA", use="enc"),
    public_jwk("RSA", use=1),
    public_jwk("RSA", key_ops=["encrypt"]),
    public_jwk("RSA", key_ops="verify"),
    public_jwk("RSA", alg="RS384"),
    public_jwk("RSA", alg="HS256"),
    public_jwk("RSA", alg=7),
    public_jwk("RSA", n=None),
    public_jwk("RSA", n=5),
    public_jwk("RSA", n="!!!!"),
    public_jwk("RSA", e="AA"),
    public_jwk("RSA", n=["a"]),
    public_jwk("RSA", d="AQAB"),
    public_jwk("RSA-1024"),
    public_jwk("P-384"),
    public_jwk("P-256", crv="P-384"),
    public_jwk("P-256", x=segment(b"\0" * 32)),
    public_jwk("P-256", y=None),
    public_jwk("P-256", crv=None),
    public_jwk("secp256k1"),
    public_jwk("Ed25519", x=segment(b"short")),
    public_jwk("Ed25519", crv="X25519"),
    public_jwk("Ed25519", x=None),
    {**public_jwk("RSA"), "kty": "EC"},
]


@pytest.mark.parametrize("jwk", BAD_JWKS)
def test_g007_a_jwk_that_is_no_usable_public_key_is_refused(jwk: dict[str, Any]) -> None:
    with pytest.raises(KeyMaterialError):
        from_jwk(jwk, ["RS256", "ES256", "EdDSA"])
