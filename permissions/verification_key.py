"""Keys that check signatures, prepared once (RFC 7517, RFC 7518).

The table below is the only place that says which algorithm goes with which kind of key. An algorithm can
only ever meet a key of its own kind, which is what ends every confusion attack (RFC 8725 §3.1): an RSA key
read as a shared secret, a shared secret read as a key, `none`.

| algorithms          | kind     | a key must be                                    |
|---------------------|----------|--------------------------------------------------|
| HS256, HS384, HS512 | `secret` | at least as long as the hash (RFC 7518 §3.2)     |
| RS256…RS512, PS…    | `RSA`    | 2048 to 8192 bits (RFC 7518 §3.3)                |
| ES256, ES384, ES512 | `EC`     | on P-256, P-384, P-521 respectively              |
| EdDSA               | `OKP`    | Ed25519 or Ed448 (RFC 8037)                      |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import Algorithm, get_default_algorithms
from jwt.exceptions import PyJWTError

SECRET_ALGORITHMS = ("HS256", "HS384", "HS512")
RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
CURVE_OF = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
PUBLIC_KEY_ALGORITHMS = (*RSA_ALGORITHMS, *CURVE_OF, "EdDSA")
ALGORITHMS = (*SECRET_ALGORITHMS, *PUBLIC_KEY_ALGORITHMS)
MIN_SECRET_BYTES = 32
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
"""A larger key only makes each check slower: a way to spend the gateway's time."""

_IMPLEMENTATIONS: dict[str, Algorithm] = {
    name: algorithm for name, algorithm in get_default_algorithms().items() if name in ALGORITHMS
}


class KeyMaterialError(ValueError):
    """Key material that must not be used; the text says why and never quotes the key."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One key and the algorithms it may be used with."""

    algorithms: Mapping[str, Algorithm]
    key: Any

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is right; False for an algorithm this key is not for. Constant time for secrets."""
        implementation = self.algorithms.get(algorithm)
        return implementation is not None and implementation.verify(message, self.key, signature)


def from_secret(secret: str, algorithms: Iterable[str]) -> VerificationKey:
    """A shared secret, for HS algorithms only. Raises `KeyMaterialError`."""
    names = _only(algorithms, SECRET_ALGORITHMS, "a shared secret")
    key = secret.encode("utf-8", "surrogatepass")
    if len(key) < MIN_SECRET_BYTES:
        raise KeyMaterialError(f"the secret is shorter than {MIN_SECRET_BYTES} bytes")
    for name in names:
        if _IMPLEMENTATIONS[name].check_key_length(key):
            raise KeyMaterialError(f"the secret is too short for {name}")
    try:
        _IMPLEMENTATIONS["HS256"].prepare_key(key)
    except PyJWTError:
        raise KeyMaterialError("the secret is a public key, a certificate or a JWK") from None
    return _key(names, key)


def from_pem(pem: str, algorithms: Iterable[str]) -> VerificationKey:
    """A public key in PEM form; private keys and certificates are refused. Raises `KeyMaterialError`."""
    names = _only(algorithms, PUBLIC_KEY_ALGORITHMS, "a public key")
    try:
        key = load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        raise KeyMaterialError("not a public key in PEM form") from None
    suitable = _suitable(key)
    _only(names, suitable, "this public key")
    return _key(names, key)


def from_jwk(jwk: Mapping[str, Any], algorithms: Iterable[str]) -> VerificationKey:
    """One member of a JWK set, cut down to those of `algorithms` it is for. Raises `KeyMaterialError`.

    Secrets (`oct`) and private keys are refused: what stands in a public document is known to everybody.
    """
    reader = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}.get(_text(jwk, "kty"))
    if reader is None or "d" in jwk:
        raise KeyMaterialError("not a public RSA, EC or OKP key")
    if _text(jwk, "use", "sig") != "sig" or "verify" not in _operations(jwk):
        raise KeyMaterialError("not a key for verifying signatures")
    try:
        key = _IMPLEMENTATIONS[reader].from_jwk(dict(jwk))
    except (PyJWTError, ValueError, TypeError, AttributeError, OverflowError, UnsupportedAlgorithm):
        raise KeyMaterialError("the key's numbers are not those of a usable key") from None
    named = _text(jwk, "alg") if "alg" in jwk else None
    names = [name for name in _suitable(key) if name in set(algorithms) and named in (None, name)]
    if not names:
        raise KeyMaterialError("not a key for the issuer's algorithms")
    return _key(names, key)


def _suitable(key: object) -> tuple[str, ...]:
    """The algorithms a public key may be used with, by the table above."""
    if isinstance(key, RSAPublicKey) and MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        return RSA_ALGORITHMS
    if isinstance(key, EllipticCurvePublicKey):
        return tuple(name for name, curve in CURVE_OF.items() if curve == key.curve.name)
    if isinstance(key, Ed25519PublicKey | Ed448PublicKey):
        return ("EdDSA",)
    return ()


def _only(names: Iterable[str], allowed: Iterable[str], holder: str) -> tuple[str, ...]:
    chosen = tuple(names)
    if not chosen or not set(chosen) <= set(allowed):
        raise KeyMaterialError(f"{', '.join(map(str, chosen)) or 'no algorithm'} cannot be used with {holder}")
    return chosen


def _text(jwk: Mapping[str, Any], member: str, default: str = "") -> str:
    value = jwk.get(member, default)
    if not isinstance(value, str):
        raise KeyMaterialError(f"{member} is not text")
    return value


def _operations(jwk: Mapping[str, Any]) -> list[Any]:
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list):
        raise KeyMaterialError("key_ops is not a list")
    return operations


def _key(names: Iterable[str], key: object) -> VerificationKey:
    return VerificationKey({name: _IMPLEMENTATIONS[name] for name in names}, key)
