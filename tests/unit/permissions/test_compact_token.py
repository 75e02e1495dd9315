from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions.compact_token import MAX_TOKEN_BYTES, parse
from permissions.credential_error import CredentialError
from tests.common.tokens import claims, raw_token, segment, token

HEADER = {"alg": "HS256", "typ": "JWT"}


def test_g008_a_well_formed_token_is_read_with_its_parts() -> None:
    parts = parse(token(header={"kid": "k1"}, permissions=["user.read"]))
    assert (parts.algorithm, parts.kid, parts.claims["permissions"]) == ("HS256", "k1", ["user.read"])


@pytest.mark.parametrize(
    "broken",
    ["", ".", "..", "a.b", "a.b.c.d", "é.b.c", "a.b.c", "!!.e30.e30", token() + "=", token().replace(".", "..", 1)],
)
def test_g008_malformed_text_is_refused(broken: str) -> None:
    with pytest.raises(CredentialError):
        parse(broken)


def test_a1_a_token_over_8_kib_is_refused_and_one_of_8_kib_is_not() -> None:
    lengths = {len(raw_token(HEADER, claims(pad="x" * size))): size for size in range(5800, 6144)}
    longest = raw_token(HEADER, claims(pad="x" * lengths[MAX_TOKEN_BYTES]))
    assert parse(longest).claims["sub"] == "u1"
    with pytest.raises(CredentialError, match="too long"):
        parse("a" * (MAX_TOKEN_BYTES + 1))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a1_a_second_spelling_of_the_same_bytes_is_refused(place: int) -> None:
    """The last letter of a base64 text has spare bits a lenient decoder ignores."""
    segments = raw_token({"alg": "HS256"}, claims()).split(".")
    segments[place] = segment(b"ab")[:-1] + "J"
    with pytest.raises(CredentialError, match="canonical"):
        parse(".".join(segments))


def test_a1_duplicate_keys_in_header_or_payload_are_refused_at_any_depth() -> None:
    for header, payload in [
        ('{"alg":"none","alg":"HS256"}', json.dumps(claims())),
        ('{"alg":"HS256"}', '{"sub":"u1","sub":"root","iss":"api-gateway","exp":1800000060}'),
        ('{"alg":"HS256"}', '{"sub":"u1","a":{"b":1,"b":2}}'),
    ]:
        with pytest.raises(CredentialError, match="strict JSON"):
            parse(raw_token(header, payload))


@pytest.mark.parametrize(
    "payload", ["[]", '"u1"', "1", "null", "true", "", "{", '{"exp":NaN}', '{"exp":Infinity}', b"\xff{}"]
)
def test_a1_a_payload_that_is_no_json_object_is_refused(payload: str | bytes) -> None:
    with pytest.raises(CredentialError, match="payload"):
        parse(raw_token(HEADER, payload))


def test_a1_a_payload_nested_without_end_is_refused() -> None:
    with pytest.raises(CredentialError, match="payload"):
        parse(raw_token(HEADER, "[" * 5000))


@pytest.mark.parametrize("header", ["[]", "null", "{", '{"alg":"HS256"'])
def test_a1_a_header_that_is_no_json_object_is_refused(header: str) -> None:
    with pytest.raises(CredentialError, match="header"):
        parse(raw_token(header, claims()))


@pytest.mark.parametrize(
    "extra", [{"crit": ["exp"]}, {"crit": []}, {"crit": None}, {"crit": ["b64"], "b64": True}, {"b64": False}]
)
def test_a1_a_critical_extension_is_refused(extra: dict[str, object]) -> None:
    with pytest.raises(CredentialError, match="extension"):
        parse(raw_token({**HEADER, **extra}, claims()))


@pytest.mark.parametrize("extra", [{"alg": 1}, {"alg": None}, {"kid": 5}, {"kid": ["k"]}, {"typ": 1}])
def test_a1_header_fields_of_a_wrong_type_are_refused(extra: dict[str, object]) -> None:
    with pytest.raises(CredentialError, match="must be text"):
        parse(raw_token({**HEADER, **extra}, claims()))


def test_a1_a_header_without_alg_is_refused() -> None:
    with pytest.raises(CredentialError, match="must be text"):
        parse(raw_token({"typ": "JWT"}, claims()))


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT"])
def test_a1_the_types_of_access_tokens_are_accepted(kind: str) -> None:
    assert parse(raw_token({"alg": "HS256", "typ": kind}, claims())).claims["sub"] == "u1"


@pytest.mark.parametrize("kind", ["refresh", "Refresh+JWT", "dpop+jwt", "logout+jwt", ""])
def test_g008_a_header_type_of_another_kind_of_token_is_refused(kind: str) -> None:
    with pytest.raises(CredentialError, match="typ"):
        parse(raw_token({"alg": "HS256", "typ": kind}, claims()))


@given(
    st.text(max_size=200)
    | st.lists(st.binary(max_size=60), min_size=3, max_size=3).map(lambda s: ".".join(map(segment, s)))
)
def test_g008_no_text_at_all_makes_the_parser_fail_otherwise(text: str) -> None:
    with contextlib.suppress(CredentialError):
        parse(text)
