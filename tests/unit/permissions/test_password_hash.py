from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions.password_hash import LOG2_N, NOBODYS_HASH, P, R, hash_password, is_password_of
from tests.common.consumer_credentials import SALT, quick_hash


def test_g226_a_password_is_that_of_its_own_hash_only() -> None:
    encoded = hash_password("correct horse battery", SALT)
    assert encoded.startswith(f"scrypt${LOG2_N}${R}${P}$")
    assert "horse" not in encoded
    assert is_password_of("correct horse battery", encoded)
    assert not is_password_of("correct horse batterz", encoded)
    assert hash_password("correct horse battery", b"another salt 123") != encoded


def test_g226_a_hash_costs_what_the_page_says() -> None:
    assert (1 << LOG2_N) * R * 128 == 16 * 1024 * 1024


@given(st.text(max_size=40), st.text(max_size=40))
def test_g226_two_passwords_are_never_one(one: str, other: str) -> None:
    from permissions.password_hash import normalised

    assert is_password_of(other, quick_hash(normalised(one))) == (normalised(one) == normalised(other))


def test_rfc7617_an_accented_letter_is_one_however_it_is_typed() -> None:
    assert is_password_of("cafe\u0301", quick_hash("caf\u00e9"))


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "plain",
        NOBODYS_HASH,
        "scrypt$14$8$1$c2FsdA==$",
        "scrypt$14$8$1$c2FsdA=$aGFzaA==",
        "scrypt$0$8$1$c2FsdA==$aGFzaA==",
        "scrypt$31$8$1$c2FsdA==$aGFzaA==",
        "scrypt$99$999$999$c2FsdA==$aGFzaA==",
        "pbkdf2$14$8$1$c2FsdA==$aGFzaA==",
        quick_hash("x") + "\n",
    ],
)
def test_g226_what_is_no_usable_hash_is_nobodys(encoded: str) -> None:
    assert not is_password_of("x", encoded)
