from __future__ import annotations

from dataclasses import replace

import pytest

from permissions.decision import GrantTable, is_administrator, is_allowed
from permissions.identity import Identity, identity_of
from permissions.spec import ConsumerSpec, GrantSpec
from tests.common.tokens import BUILT_IN, NOW, claims

USER = identity_of(claims(permissions=["claimed"], roles=["staff", "buyer"]), BUILT_IN, NOW)
SHOP = ConsumerSpec(id="1", name="shop", jwt_subject="u1")


def grant(kind: str, subject: str, permission: str, expires_at: float | None = None) -> GrantSpec:
    return GrantSpec(subject_kind=kind, subject=subject, permission=permission, expires_at=expires_at)  # type: ignore[arg-type]


def test_g224_the_union_of_claim_user_role_and_consumer_grants_is_held() -> None:
    table = GrantTable(
        [
            grant("user", "u1", "by.user"),
            grant("role", "staff", "by.role"),
            grant("role", "buyer", "by.other.role"),
            grant("consumer", "shop", "by.consumer"),
            grant("user", "u2", "not.mine"),
            grant("role", "u1", "not.a.role"),
            grant("user", "staff", "not.a.user"),
            grant("consumer", "u1", "not.a.name"),
        ],
        [SHOP],
    )
    assert table.held_by(USER, NOW) == {"claimed", "by.user", "by.role", "by.other.role", "by.consumer"}


def test_g223_an_expired_grant_does_not_count_from_its_very_second() -> None:
    table = GrantTable([grant("user", "u1", "temporary", NOW)])
    assert table.held_by(USER, NOW - 0.001) == {"claimed", "temporary"}
    assert table.held_by(USER, NOW) == {"claimed"}


def test_without_grants_the_claim_itself_is_handed_back() -> None:
    assert GrantTable([]).held_by(USER, NOW) is USER.permissions
    assert GrantTable([grant("user", "u2", "x")]).held_by(USER, NOW) is USER.permissions


def test_g226_a_consumer_is_known_by_the_subject_of_its_tokens() -> None:
    unnamed = ConsumerSpec(id="2", name="unnamed")
    table = GrantTable([], [SHOP, unnamed])
    assert table.consumer_of(USER) == SHOP
    assert table.consumer_of(replace(USER, subject="")) is None


@pytest.mark.parametrize(
    ("required", "held", "by_any", "by_all"),
    [
        ([], [], True, True),
        ([], ["a"], True, True),
        (["a"], [], False, False),
        (["a"], ["a"], True, True),
        (["a", "b"], ["a"], True, False),
        (["a", "b"], ["a", "b", "c"], True, True),
        (["a", "b"], ["c"], False, False),
        (["A"], ["a"], False, False),
    ],
)
def test_g321_required_permissions_by_any_and_by_all(
    required: list[str], held: list[str], by_any: bool, by_all: bool
) -> None:
    assert is_allowed(required, frozenset(held), "any") is by_any
    assert is_allowed(required, frozenset(held), "all") is by_all
    assert is_allowed(required, frozenset(held), "unknown") is by_all


def administrator(**changes: object) -> bool:
    identity: Identity = identity_of(claims(**changes), BUILT_IN, NOW)
    return is_administrator(identity, GrantTable([grant("user", "granted", "gateway.admin")]).held_by(identity, NOW))


def test_g007_an_administrator_has_the_permission_or_the_role() -> None:
    assert administrator(permissions=["gateway.admin"])
    assert administrator(role="admin")
    assert administrator(roles=["x", "admin"])
    assert administrator(sub="granted")
    assert not administrator(permissions=["admin"], roles=["gateway.admin", "Admin"])
    assert not administrator()
