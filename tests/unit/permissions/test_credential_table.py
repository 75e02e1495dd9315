from __future__ import annotations

from dataclasses import replace

import pytest

from permissions.credential_error import CredentialError
from permissions.credential_table import CredentialTable, is_current
from tests.common.consumer_credentials import KEY, OTHER_KEY, basic_credential, key_credential

NOW = 1_000_000.0


def test_g226_a_key_proves_its_own_row() -> None:
    mine, other = key_credential(), key_credential(OTHER_KEY, "warehouse")
    table = CredentialTable([mine, other])
    assert table.of_key(KEY, NOW) is mine
    assert table.of_key(OTHER_KEY, NOW) is other


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no such API key"),
        ([key_credential(OTHER_KEY)], "no such API key"),
        ([replace(key_credential(), digest=key_credential(OTHER_KEY).digest)], "no such API key"),
        ([key_credential(expires_at=NOW)], "the API key has expired"),
        ([replace(key_credential(), kind="basic")], "no such API key"),
    ],
)
def test_g226_a_key_without_a_row_of_its_own_is_refused(rows, reason) -> None:
    with pytest.raises(CredentialError, match=reason):
        CredentialTable(rows).of_key(KEY, NOW)


@pytest.mark.parametrize("text", ["", "x", KEY[:-1], KEY + "x", KEY.swapcase()])
def test_g226_what_is_no_key_is_refused_without_a_look(text: str) -> None:
    with pytest.raises(CredentialError, match="not an API key"):
        CredentialTable([key_credential()]).of_key(text, NOW)


def test_g226_a_key_ends_at_its_very_second() -> None:
    table = CredentialTable([key_credential(expires_at=NOW)])
    assert table.of_key(KEY, NOW - 0.001)
    assert not is_current(key_credential(expires_at=NOW), NOW)


def test_rfc7617_a_user_name_is_found_however_its_letters_are_typed() -> None:
    row = basic_credential("caf\u00e9")
    table = CredentialTable([row, key_credential()])
    assert table.of_username("cafe\u0301") is row
    assert table.of_username("CAF\u00c9") is None
    assert table.of_username(key_credential().identifier) is None
