"""Who may: the union of everything a caller holds, and the test of a route against it (G-010, G-223, G-224)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from permissions.identity import Identity
from permissions.spec import ConsumerSpec, GrantSpec

ADMINISTRATOR_PERMISSION = "gateway.admin"
ADMINISTRATOR_ROLE = "admin"

_Grants = tuple[GrantSpec, ...]


class GrantTable:
    """Grants by their holder; built once for a snapshot, read by every request."""

    def __init__(self, grants: Iterable[GrantSpec], consumers: Iterable[ConsumerSpec] = ()) -> None:
        self._consumers = {consumer.jwt_subject: consumer for consumer in consumers if consumer.jwt_subject}
        holders: dict[tuple[str, str], list[GrantSpec]] = {}
        for grant in grants:
            holders.setdefault((grant.subject_kind, grant.subject), []).append(grant)
        self._grants: dict[tuple[str, str], _Grants] = {holder: tuple(held) for holder, held in holders.items()}

    def consumer_of(self, identity: Identity) -> ConsumerSpec | None:
        """The consumer a token acts for: the one whose `jwt_subject` is the token's subject."""
        return self._consumers.get(identity.subject)

    def held_by(self, identity: Identity, now: float) -> frozenset[str]:
        """Every permission the caller holds at epoch second `now`: claim, user, roles and consumer (G-224).

        With no grant of the caller's this is the claim's own set, not a copy.
        """
        if not self._grants:
            return identity.permissions
        found = self._of("user", identity.subject, now)
        for role in identity.roles:
            found |= self._of("role", role, now)
        consumer = self.consumer_of(identity)
        if consumer is not None:
            found |= self._of("consumer", consumer.name, now)
        return identity.permissions | found if found else identity.permissions

    def held_by_consumer(self, name: str, now: float) -> frozenset[str]:
        """Every permission a consumer holds at epoch second `now` that shows a credential of its own."""
        return frozenset(self._of("consumer", name, now))

    def _of(self, kind: str, subject: str, now: float) -> set[str]:
        grants = self._grants.get((kind, subject), ())
        return {grant.permission for grant in grants if grant.expires_at is None or grant.expires_at > now}


def is_allowed(required: Collection[str], held: frozenset[str], strategy: str) -> bool:
    """Whether `held` satisfies `required` by `any` or `all`; nothing required is always satisfied (G-321).

    An unknown strategy is judged as `all`, the stricter one.
    """
    if not required:
        return True
    if strategy == "any":
        return not held.isdisjoint(required)
    return held.issuperset(required)


def missing(required: Collection[str], held: frozenset[str], strategy: str) -> list[str]:
    """What the caller lacks, in order: by `any` nothing once one is held, and each would do; by `all` every other."""
    return [] if is_allowed(required, held, strategy) else sorted(set(required) - held)


def is_administrator(identity: Identity, held: frozenset[str]) -> bool:
    """Permission `gateway.admin`, from wherever it comes, or role `admin` (G-007)."""
    return ADMINISTRATOR_PERMISSION in held or ADMINISTRATOR_ROLE in identity.roles
