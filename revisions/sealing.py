"""Texts that a copy of the database must not tell: sealed with Fernet (AES-128-CBC and HMAC-SHA256).

The key is derived (HKDF, RFC 5869) from GATEWAY_SECRET_KEY; what was sealed under a key of GATEWAY_SECRET_KEY_FALLBACKS
can be opened too, so that the key can be changed: docs/decisions/secrets-at-rest.md.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

MARK = "sealed:"
"""Every sealed text begins with it."""
PURPOSE = b"api-gateway sealed columns 1"
KEY_BYTES = 32


class CannotOpen(Exception):
    """Sealed under a key that is not known here, or damaged."""


def seal(text: str) -> str:
    """The text under the key in force; another one each time."""
    return MARK + _box().encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")


def is_sealed(value: object) -> bool:
    """Whether a stored value is what `seal` made."""
    return isinstance(value, str) and value.startswith(MARK)


def opened(text: str) -> str:
    """What `seal` was given. Raises `CannotOpen`."""
    try:
        return _box().decrypt(text.removeprefix(MARK).encode()).decode("utf-8", "surrogatepass")
    except (InvalidToken, ValueError):
        raise CannotOpen from None


def _box() -> MultiFernet:
    return _box_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(4)
def _box_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    made = HKDF(SHA256(), KEY_BYTES, salt=None, info=PURPOSE).derive(key.encode())
    return base64.urlsafe_b64encode(made)
