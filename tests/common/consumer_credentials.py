"""Consumers with credentials, as the data plane gets them."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

from permissions.key_hash import key_digest, key_prefix, make_key
from permissions.spec import ConsumerSpec, CredentialSpec

SHOP = ConsumerSpec(id="1", name="shop")
KEY = make_key(62**39 + 4711)
OTHER_KEY = make_key(62**39 + 815)
PASSWORD = "correct horse battery"
SALT = b"0123456789abcdef"


def key_credential(key: str = KEY, consumer: str = "shop", **values: Any) -> CredentialSpec:
    """A key's row."""
    return CredentialSpec(
        id=key, kind="api_key", consumer=consumer, identifier=key_prefix(key), digest=key_digest(key), **values
    )


def basic_credential(
    username: str = "till-1", password: str = PASSWORD, consumer: str = "shop", **values: Any
) -> CredentialSpec:
    """A user name's row."""
    return CredentialSpec(
        id=username,
        kind="basic",
        consumer=consumer,
        identifier=username,
        digest=values.pop("digest", None) or quick_hash(password),
        **values,
    )


def quick_hash(password: str, log2_n: int = 4) -> str:
    """A hash of the usual form with few rounds, for tests that are not about its price."""
    derived = hashlib.scrypt(password.encode(), salt=SALT, n=1 << log2_n, r=8, p=1, maxmem=2**28, dklen=32)
    return f"scrypt${log2_n}$8$1${b64encode(SALT).decode()}${b64encode(derived).decode()}"


def basic(username: str = "till-1", password: str = PASSWORD, scheme: str = "Basic") -> str:
    """The Authorization line."""
    return f"Authorization: {scheme} {b64encode(f'{username}:{password}'.encode()).decode()}"
