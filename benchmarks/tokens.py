"""The tokens of the load: signed with a secret that every peer knows, or with a private key of this run."""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

Algorithm = Literal["HS256", "RS256"]
SECRET = "benchmark-secret-of-32-bytes-min"
"""Known to every peer and worth nothing: the servers live on loopback for a minute."""
ISSUERS: dict[Algorithm, str] = {"HS256": "api-gateway", "RS256": "https://issuer.test"}
KEY_IDS: dict[Algorithm, str] = {"HS256": "bench", "RS256": "bench-rsa"}
PERMISSION = "report.read"


@cache
def _private_key(owner: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def token(
    *,
    subject: str = "bench",
    lifetime: float = 3600,
    permission: str = PERMISSION,
    algorithm: Algorithm = "HS256",
    foreign: bool = False,
) -> str:
    """A signed token as the gateway's built-in issuer makes them; a negative lifetime makes an expired one.

    A `foreign` one is signed with a key nobody trusts.
    """
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": ISSUERS[algorithm],
        "sub": subject,
        "jti": f"{subject}-{now}",
        "iat": min(now, now + int(lifetime)),
        "exp": now + int(lifetime),
        "token_type": "access",
        "permissions": [permission],
    }
    key: str | rsa.RSAPrivateKey = (
        ("x" * 32 if foreign else SECRET) if algorithm == "HS256" else _private_key("foreign" if foreign else "issuer")
    )
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": KEY_IDS[algorithm]})


def public_key_pem() -> str:
    """The issuer's public key of RS256."""
    public = _private_key("issuer").public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode("ascii")


def key_set(*algorithms: Algorithm) -> str:
    """The keys as a JSON Web Key Set (RFC 7517)."""
    secret = base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode()
    rsa_key = RSAAlgorithm.to_jwk(_private_key("issuer").public_key(), as_dict=True)
    keys: dict[Algorithm, dict[str, Any]] = {
        "HS256": {"kty": "oct", "k": secret},
        "RS256": {name: rsa_key[name] for name in ("kty", "n", "e")},
    }
    return json.dumps({"keys": [keys[each] | {"alg": each, "kid": KEY_IDS[each]} for each in algorithms]})
