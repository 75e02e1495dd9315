from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from permissions.credential_error import CredentialError
from permissions.identity import Identity, identity_of
from tests.common.tokens import BUILT_IN, NOW, claims


def identity(now: float = NOW, audience: str = "", leeway: int = 0, **changes: Any) -> Identity:
    return identity_of(claims(**changes), replace(BUILT_IN, audience=audience, leeway_seconds=leeway), now)


def test_g007_the_claims_name_the_user_his_permissions_and_his_roles() -> None:
    found = identity(permissions=["user.read", "order.read"], role="buyer", roles=["staff"], jti="j1")
    assert found.subject == "u1"
    assert found.permissions == {"user.read", "order.read"}
    assert found.roles == {"buyer", "staff"}
    assert (found.jti, found.expires_at, found.issuer_id) == ("j1", NOW + 60, "built-in")


def test_g007_a_token_that_says_no_more_grants_nothing() -> None:
    found = identity()
    assert (found.permissions, found.roles, found.jti) == (frozenset(), frozenset(), "")


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"sub": None, "user_id": "u2"}, "u2"),
        ({"sub": None, "user_id": 42}, "42"),
        ({"sub": 7}, "7"),
        ({"user_id": "u2"}, "u1"),
        ({"sub": "王小明"}, "王小明"),
        ({"sub": "x" * 255}, "x" * 255),
    ],
)
def test_g007_sub_or_user_id_names_the_user(changes: dict[str, Any], subject: str) -> None:
    assert identity(**changes).subject == subject


@pytest.mark.parametrize(
    "name",
    [
        "",
        " u1",
        "u1 ",
        "u\r\n1",
        "u\x00",
        "u\x7f",
        "u\x85",
        "u\u2028",
        "u\ud800",
        "x" * 256,
        True,
        1.5,
        ["u1"],
        {"a": 1},
        10**300,
    ],
)
def test_g008_a_name_that_could_not_be_a_header_is_refused(name: Any) -> None:
    with pytest.raises(CredentialError, match="sub or user_id"):
        identity(sub=name)


def test_g008_a_token_that_names_nobody_is_refused() -> None:
    with pytest.raises(CredentialError, match="sub or user_id"):
        identity(sub=None)
    with pytest.raises(CredentialError, match="sub or user_id"):
        identity_of({**claims(user_id="u2"), "sub": None}, BUILT_IN, NOW)


@pytest.mark.parametrize("claim", ["permissions", "roles"])
@pytest.mark.parametrize(
    "value", ["gateway.admin", 1, {"a": 1}, [1], [["a"]], ["a,gateway.admin"], [""], ["a\n"], ["x" * 256], [None]]
)
def test_g008_permissions_and_roles_of_a_wrong_type_are_refused(claim: str, value: Any) -> None:
    with pytest.raises(CredentialError, match=claim):
        identity(**{claim: value})


@pytest.mark.parametrize("role", [["admin"], 1, "", "admin,x"])
def test_g008_a_role_that_is_no_name_is_refused(role: Any) -> None:
    with pytest.raises(CredentialError, match="role"):
        identity(role=role)


def test_g008_a_token_without_exp_is_refused() -> None:
    with pytest.raises(CredentialError, match="no exp"):
        identity(exp=None)


@pytest.mark.parametrize("leeway", [0, 30])
def test_g008_exp_is_the_first_moment_a_token_is_refused_but_for_the_leeway(leeway: int) -> None:
    end = int(NOW) + leeway
    assert identity(now=end - 0.001, exp=int(NOW), leeway=leeway).expires_at == end
    with pytest.raises(CredentialError, match="expired"):
        identity(now=end, exp=int(NOW), leeway=leeway)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_g008_a_token_of_the_future_is_refused_but_for_the_leeway(claim: str) -> None:
    assert identity(**{claim: NOW}).subject == "u1"
    assert identity(**{claim: NOW + 30}, leeway=30).subject == "u1"
    with pytest.raises(CredentialError, match=claim):
        identity(**{claim: NOW + 31}, leeway=30)


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["1900000000", True, [], {}, -1, 10**12, 10**4000, float("inf"), float("nan")])
def test_g008_a_time_that_is_none_is_refused(claim: str, value: Any) -> None:
    with pytest.raises(CredentialError, match=claim):
        identity(**{claim: value})


@pytest.mark.parametrize("audience", ["api", ["api"], ["other", "api"]])
def test_g008_the_right_audience_is_accepted(audience: Any) -> None:
    assert identity(aud=audience, audience="api").subject == "u1"


@pytest.mark.parametrize("audience", [None, "other", ["other"], [], "API"])
def test_g008_a_wrong_audience_is_refused(audience: Any) -> None:
    with pytest.raises(CredentialError, match="audience"):
        identity(aud=audience, audience="api")


@pytest.mark.parametrize("audience", [5, {"api": 1}, ["api", 5], True])
def test_g008_an_audience_of_a_wrong_type_is_refused_even_where_none_is_asked(audience: Any) -> None:
    with pytest.raises(CredentialError, match="aud"):
        identity(aud=audience)


def test_g007_a_row_without_audience_accepts_any() -> None:
    assert identity(aud="whoever").subject == "u1"


@pytest.mark.parametrize("claim", ["token_type", "typ", "token_use"])
@pytest.mark.parametrize("kind", ["refresh", "Refresh", "refresh_token", "offline", "ID", 5, ["access"]])
def test_g008_a_refresh_token_used_as_access_is_refused(claim: str, kind: Any) -> None:
    with pytest.raises(CredentialError, match="not an access token"):
        identity(**{claim: kind})


@pytest.mark.parametrize("kind", ["access", "Bearer"])
def test_g007_a_token_that_says_it_is_for_access_is_accepted(kind: str) -> None:
    assert identity(token_type=kind).subject == "u1"


@pytest.mark.parametrize("jti", [5, ["a"], "x" * 256, "\ud800", "a\x00b", "a\n"])
def test_g009_a_jti_that_cannot_be_revoked_is_refused(jti: Any) -> None:
    with pytest.raises(CredentialError, match="jti"):
        identity(jti=jti)
