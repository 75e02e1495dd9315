from __future__ import annotations

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions import key_hash
from permissions.key_hash import is_key, is_key_of, key_digest, key_prefix, make_key

NUMBERS = st.integers(0, key_hash.SECRETS - 1)


@given(NUMBERS)
def test_g226_every_key_has_its_form_and_its_checksum(number: int) -> None:
    key = make_key(number)
    assert key.startswith("gw_")
    assert len(key) == 49
    assert is_key(key)
    assert key.startswith(key_prefix(key))
    assert len(key_prefix(key)) == 11


@given(NUMBERS, NUMBERS)
def test_g226_two_numbers_are_two_keys(one: int, other: int) -> None:
    assert (make_key(one) == make_key(other)) == (one == other)


def test_g226_what_lists_show_leaves_more_than_160_bits_unknown() -> None:
    hidden = key_hash.SECRET_CHARACTERS - (key_hash.SHOWN_CHARACTERS - len(key_hash.MARK))
    bits = math.log2(62)
    assert (hidden - key_hash.LAST_CHARACTERS) * bits > 160


@given(NUMBERS, st.integers(0, 48), st.characters(codec="ascii"))
def test_g226_one_wrong_character_is_no_key(number: int, place: int, character: str) -> None:
    key = make_key(number)
    wrong = key[:place] + character + key[place + 1 :]
    assert is_key(wrong) == (wrong == key)


@pytest.mark.parametrize("text", ["", "gw_", "gw_" + "a" * 45, "gw_" + "a" * 47, make_key(1) + "\n", "é" * 49])
def test_g226_other_text_is_no_key(text: str) -> None:
    assert not is_key(text)


def test_g226_only_the_digest_of_the_whole_key_is_its_own() -> None:
    key = make_key(7)
    assert key_digest(key) == hashlib.sha256(key.encode()).hexdigest()
    assert is_key_of(key, key_digest(key))
    assert not is_key_of(key, key_digest(make_key(8)))
    assert not is_key_of(key, "")
    assert not is_key_of(key, key)
