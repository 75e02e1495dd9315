"""G-322 and the edge rule H5."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from proxy.forwarding.identity import MAX_VALUE_BYTES, identity_headers


def test_g322_the_upstream_is_told_who_the_request_is_for() -> None:
    assert identity_headers("u1", "shop", ["b.read", "a.read"], {"admin"}) == [
        (b"x-user-id", b"u1"),
        (b"x-consumer", b"shop"),
        (b"x-permissions", b"a.read,b.read"),
        (b"x-roles", b"admin"),
    ]


def test_h5_what_the_identity_lacks_is_absent() -> None:
    assert identity_headers() == []
    assert identity_headers("u1", "", [""], ()) == [(b"x-user-id", b"u1")]


@given(st.text())
def test_h7_any_subject_makes_a_safe_value_that_decodes_to_it(subject: str) -> None:
    for _, value in identity_headers(subject):
        assert all(0x20 < byte < 0x7F for byte in value)
        assert unquote(value.decode()) == subject.encode("utf-8", "replace").decode()


def test_h7_a_comma_in_a_permission_does_not_make_two() -> None:
    assert identity_headers(permissions=["a,b", "c"]) == [(b"x-permissions", b"a%2Cb,c")]


def test_h5_a_list_too_long_for_a_head_is_left_out_whole() -> None:
    assert identity_headers("u", permissions=[f"p{number}" for number in range(MAX_VALUE_BYTES)]) == [
        (b"x-user-id", b"u")
    ]
