"""Passwords of basic authentication: a slow hash, its parameters beside it (RFC 7914, RFC 7617).

    scrypt$14$8$1$<salt>$<hash>      log2 of n, r, p; salt and hash in base64

People choose passwords, so a copy of the table must not make guessing cheap: each guess costs 16 MiB and some tens of
milliseconds.
Checking one costs the same, so the data plane does it beside the event loop and remembers the outcome
(`proxy/password_checks.py`). Parameters can be raised at any time; older hashes keep their own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from base64 import b64decode, b64encode

LOG2_N, R, P = 14, 8, 1
SALT_BYTES = 16
HASH_BYTES = 32
MIN_LENGTH = 12
MAX_LENGTH = 256
MAX_MEMORY_BYTES = 256 * 1024 * 1024
"""A hash that would need more is refused: whoever can write one must not be able to fill the memory of a worker."""

NOBODYS_HASH = f"scrypt${LOG2_N}${R}${P}${'A' * 22}==${'A' * 43}="
"""As dear to check as any, and the hash of no known password: for user names that nobody has."""

_ENCODED = re.compile(
    r"scrypt\$(\d{1,2})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/=]{1,200})\$([A-Za-z0-9+/=]{1,200})", re.ASCII
)


def hash_password(password: str, salt: bytes) -> str:
    """The text that is kept of a password; `salt` is 16 random bytes."""
    derived = _derive(password, salt, LOG2_N, R, P, HASH_BYTES)
    return f"scrypt${LOG2_N}${R}${P}${b64encode(salt).decode()}${b64encode(derived).decode()}"


def is_password_of(password: str, encoded: str) -> bool:
    """Whether `encoded` was made from `password`; False for text that is no such hash. Takes tens of milliseconds."""
    match = _ENCODED.fullmatch(encoded)
    if match is None:
        return False
    log2_n, r, p = int(match[1]), int(match[2]), int(match[3])
    try:
        salt, wanted = b64decode(match[4], validate=True), b64decode(match[5], validate=True)
        found = _derive(password, salt, log2_n, r, p, len(wanted))
    except (ValueError, TypeError, OverflowError):  # numbers that scrypt does not take
        return False
    return hmac.compare_digest(found, wanted)


def is_password_hash(encoded: str) -> bool:
    """Whether `encoded` is a hash that passwords can be held against, at a cost within the bounds."""
    match = _ENCODED.fullmatch(encoded)
    if match is None:
        return False
    log2_n, r, p = int(match[1]), int(match[2]), int(match[3])
    try:
        decoded = [b64decode(match[number], validate=True) for number in (4, 5)]
    except ValueError:
        return False
    return log2_n > 0 and r > 0 and p > 0 and 128 * r * ((1 << log2_n) + p) <= MAX_MEMORY_BYTES and all(decoded)


def normalised(text: str) -> str:
    """A name or password in the one spelling of its characters (RFC 7617 section 2.1, RFC 8265)."""
    return unicodedata.normalize("NFC", text)


def _derive(password: str, salt: bytes, log2_n: int, r: int, p: int, length: int) -> bytes:
    secret = normalised(password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=1 << log2_n, r=r, p=p, maxmem=MAX_MEMORY_BYTES, dklen=length)
