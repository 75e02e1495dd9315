"""Which fields of a message hold credentials, told by their names, for schemas of plugins that set fields."""

from __future__ import annotations

WORDS = (
    "auth",
    "cookie",
    "credential",
    "password",
    "passwd",
    "secret",
    "signature",
    "token",
    "access-key",
    "api-key",
    "apikey",
    "private-key",
    "subscription-key",
)


def _in_any_case(word: str) -> str:
    """A pattern of ECMA 262, which has no flags within, for a word in any letter case."""
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else "[-_]" for letter in word)


SECRET_FIELD = "|".join(_in_any_case(word) for word in WORDS)
"""Matches the name of such a field, in any letter case."""
