"""By what a key is recognised without being shown. Anybody who has the key can calculate it with common tools."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

SECRET_DIGITS = 16
"""Of SHA-256: enough to tell two secrets apart."""


def secret_fingerprint(secret: str) -> str:
    """The first 16 digits of `printf %s "$SECRET" | sha256sum`."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:SECRET_DIGITS]


def public_key_fingerprint(pem: str) -> str:
    """`openssl pkey -pubin -outform DER | sha256sum`; empty for what is no public key in PEM form."""
    try:
        key = load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        return ""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
