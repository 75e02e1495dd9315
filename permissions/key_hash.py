"""API keys: how they look, and what is kept of one (G-226).

    gw_  k3J9wQ2x…40 characters…  7aBcD1
    mark secret                   checksum

The secret is 40 random letters and digits (238 bits). Lists show the first eight, to recognise a key by, and the last
four of the checksum: at least 166 bits stay unknown. The checksum (CRC-32 of what stands before it) tells a mistyped
key, and text that only looks like one, without any table; scanners of source code find real keys by it.

Kept is the SHA-256 of the whole key. A slow hash protects what people choose, because it can be guessed; 166 random
bits cannot be, however fast each guess is, so a slow hash would only make each first request slower.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import string
import zlib

MARK = "gw_"
ALPHABET = string.ascii_letters + string.digits
SECRET_CHARACTERS = 40
CHECK_CHARACTERS = 6
SHOWN_CHARACTERS = len(MARK) + 8
LAST_CHARACTERS = 4
SECRETS = len(ALPHABET) ** SECRET_CHARACTERS
"""How many keys there are."""

_KEY = re.compile(rf"{MARK}[A-Za-z0-9]{{{SECRET_CHARACTERS + CHECK_CHARACTERS}}}", re.ASCII)


def make_key(number: int) -> str:
    """The key of a number below `SECRETS`, which must be random: `secrets.randbelow(SECRETS)`."""
    body = MARK + _spelled(number, SECRET_CHARACTERS)
    return body + _checksum(body)


def is_key(text: str) -> bool:
    """Whether `text` has the form of a key and its checksum is right."""
    return _KEY.fullmatch(text) is not None and _checksum(text[:-CHECK_CHARACTERS]) == text[-CHECK_CHARACTERS:]


def key_prefix(key: str) -> str:
    """What a key is recognised and looked up by; no secret."""
    return key[:SHOWN_CHARACTERS]


def key_digest(key: str) -> str:
    """What is kept of a key, as hexadecimal digits."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def is_key_of(key: str, digest: str) -> bool:
    """Whether `digest` was made from `key`, in a time that does not depend on where they differ."""
    return hmac.compare_digest(key_digest(key), digest)


def _checksum(body: str) -> str:
    return _spelled(zlib.crc32(body.encode("ascii")), CHECK_CHARACTERS)


def _spelled(number: int, length: int) -> str:
    """A number in base 62, first the digit of least weight."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)
