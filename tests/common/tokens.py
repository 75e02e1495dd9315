"""Tokens and keys for tests: good ones by PyJWT, bad ones by hand."""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import get_default_algorithms

from permissions.spec import IssuerSpec

NOW = 1_800_000_000.0
SECRET = "a-shared-secret-of-tests-with-48-characters-1234"
OTHER_SECRET = "another-secret-of-tests-with-48-characters-56789"
BUILT_IN = IssuerSpec(id="built-in", name="built-in", issuer="api-gateway", algorithms=("HS256",), secret=SECRET)


def claims(**changes: Any) -> dict[str, Any]:
    """The payload of a good token at `NOW`; a claim given as None is left out."""
    whole = {"iss": "api-gateway", "sub": "u1", "exp": int(NOW) + 60, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def token(secret: str = SECRET, algorithm: str = "HS256", header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token signed by PyJWT."""
    return jwt.encode(claims(**changes), secret, algorithm=algorithm, headers=header)


def segment(value: Any) -> str:
    """base64url of bytes, of text, or of the JSON of anything else."""
    if not isinstance(value, bytes):
        value = (value if isinstance(value, str) else json.dumps(value)).encode()
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def raw_token(header: Any, payload: Any, secret: str = SECRET) -> str:
    """A token of any header and payload, correctly signed with HMAC-SHA256 all the same."""
    signing_input = f"{segment(header)}.{segment(payload)}"
    return f"{signing_input}.{segment(hmac.digest(secret.encode(), signing_input.encode(), hashlib.sha256))}"


@functools.cache
def private_key(kind: str) -> Any:
    """One private key a kind for the whole run: RSA, RSA-1024, P-256, P-384, P-521, secp256k1, Ed25519."""
    curves = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1, "secp256k1": ec.SECP256K1}
    if kind in curves:
        return ec.generate_private_key(curves[kind]())
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, {"RSA": 2048, "RSA-other": 2048, "RSA-1024": 1024}[kind])


def public_pem(kind: str) -> str:
    """The public half in PEM form."""
    key = private_key(kind).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_jwk(kind: str, **members: Any) -> dict[str, Any]:
    """The public half as a JWK; a member given as None is left out."""
    reader = {"RSA": "RS256", "RSA-other": "RS256", "RSA-1024": "RS256", "Ed25519": "EdDSA"}.get(kind, "ES256")
    jwk = get_default_algorithms()[reader].to_jwk(private_key(kind).public_key(), as_dict=True)
    whole = {**jwk, **members}
    return {name: value for name, value in whole.items() if value is not None}


def signed(kind: str, algorithm: str, kid: str | None = None, **changes: Any) -> str:
    """A token signed with a private key."""
    return jwt.encode(claims(**changes), private_key(kind), algorithm=algorithm, headers={"kid": kid} if kid else None)
