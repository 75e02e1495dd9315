from __future__ import annotations

import math

from permissions.decision import GrantTable
from permissions.spec import GrantSpec
from proxy.caching.asking import caller_key
from proxy.principal import CACHED_TOKENS, PrincipalCache
from tests.common.consumer_credentials import OTHER_KEY, basic_credential, key_credential

NOW = 1_000_000.0


def cache_of(*grants: GrantSpec) -> PrincipalCache:
    return PrincipalCache(grants, GrantTable(grants))


def grant(kind: str, subject: str, permission: str, expires_at: float | None = None) -> GrantSpec:
    return GrantSpec(subject_kind=kind, subject=subject, permission=permission, expires_at=expires_at)  # type: ignore[arg-type]


def test_g224_a_credential_holds_what_its_consumer_was_granted_and_nothing_of_a_user_of_that_name() -> None:
    grants = (grant("consumer", "shop", "mine"), grant("user", "shop", "not.mine"), grant("user", "", "nobodys"))
    principal = cache_of(*grants).put_credential(b"\0key\0x", key_credential(), NOW)
    assert principal.held == {"mine"}
    assert (principal.consumer, principal.identity.subject) == ("shop", "")
    assert b"x-user-id" not in principal.lines


def test_g226_a_principal_is_remembered_until_its_credential_or_any_grant_ends() -> None:
    ends = grant("consumer", "shop", "mine", NOW + 10)
    for expires_at, until in ((None, NOW + 10), (NOW + 5, NOW + 5), (NOW + 20, NOW + 10)):
        cache = cache_of(ends)
        cache.put_credential(b"\0key\0x", key_credential(expires_at=expires_at), NOW)
        assert cache.get(b"\0key\0x", until - 0.001) is not None
        assert cache.get(b"\0key\0x", until) is None
    assert cache_of().put_credential(b"\0key\0x", key_credential(), NOW).valid_until == math.inf


def test_what_is_remembered_is_bounded() -> None:
    cache = cache_of()
    for number in range(CACHED_TOKENS + 1):
        cache.put_credential(b"\0key\0%d" % number, key_credential(), NOW)
    assert cache.get(b"\0key\0" + b"0", NOW) is None
    assert cache.get(b"\0key\0%d" % CACHED_TOKENS, NOW) is not None


def test_two_credentials_of_one_consumer_are_two_callers_of_the_cache() -> None:
    """The instance is told which credential it was, so its answers may differ."""
    cache = cache_of()
    rows = (key_credential(), key_credential(OTHER_KEY), basic_credential())
    keys = {caller_key(cache.put_credential(row.id.encode(), row, NOW)) for row in rows}
    assert len(keys) == 3
