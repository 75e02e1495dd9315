"""The verified caller of a request, ready to be used: what it holds and which headers tell the upstream (G-322)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from permissions.decision import GrantTable
from permissions.identity import Identity
from permissions.spec import CredentialSpec, GrantSpec
from proxy.forwarding.identity import identity_headers
from proxy.http1.fields import field_lines

CACHED_TOKENS = 10_000
"""Verified tokens one worker remembers; only tokens that passed get in, so strangers cannot crowd others out."""


@dataclass(frozen=True, slots=True)
class Principal:
    """`held` is every permission, from the token and from grants; `lines` are the fields that tell the upstream.

    After `valid_until` (epoch seconds) it must be worked out anew. A consumer that showed a credential of its own is no
    user: the identity's subject is then empty.
    """

    identity: Identity
    consumer: str
    held: frozenset[str]
    lines: bytes
    valid_until: float
    credential: CredentialSpec | None = None
    """The consumer's own, where it was one."""


class PrincipalCache:
    """Principals by the exact Authorization value they were verified from.

    Belongs to one snapshot, so a new revision (a revoked token, a changed grant or issuer) starts from nothing.
    """

    def __init__(self, grants: Iterable[GrantSpec], table: GrantTable) -> None:
        self._table = table
        self._expiries = sorted(grant.expires_at for grant in grants if grant.expires_at is not None)
        self._known: dict[bytes, Principal] = {}

    def get(self, authorization: bytes, now: float) -> Principal | None:
        """The principal of a value seen before, while it is valid at epoch second `now`."""
        principal = self._known.get(authorization)
        if principal is None or principal.valid_until > now:
            return principal
        del self._known[authorization]
        return None

    def forget_issuer(self, issuer_id: str) -> None:
        """What one of its keys has verified has to be verified again: a key was withdrawn."""
        self._known = {shown: one for shown, one in self._known.items() if one.identity.issuer_id != issuer_id}

    def put(self, authorization: bytes, identity: Identity, now: float, seconds: float = math.inf) -> Principal:
        """The principal of a token just verified at `now`, remembered when it was written with one blank.

        `seconds`: how long at most, whatever the token says.
        """
        consumer = self._table.consumer_of(identity)
        name = consumer.name if consumer else ""
        held = self._table.held_by(identity, now)
        fields = identity_headers(identity.subject, name, held, identity.roles)
        until = self._until(min(identity.expires_at, now + seconds), now)
        principal = Principal(identity, name, held, field_lines(fields), until)
        if authorization.count(b" ") == 1:  # one spelling, lest one caller fill this with blanks before its token
            self._remember(authorization, principal)
        return principal

    def put_credential(self, shown: bytes, credential: CredentialSpec, now: float) -> Principal:
        """The principal of a consumer whose own credential was just verified; `shown` is remembered.

        `shown` begins with NUL and the kind: no Authorization value does, so a stage finds only what it verified. The
        identity's issuer is the credential, so two credentials of one consumer are told apart wherever issuers are.
        """
        expires_at = math.inf if credential.expires_at is None else credential.expires_at
        nobody = frozenset[str]()
        identity = Identity(
            subject="",
            permissions=nobody,
            roles=nobody,
            jti="",
            expires_at=expires_at,
            claims={},
            issuer_id=f"{credential.kind}\0{credential.identifier}",
        )
        held = self._table.held_by_consumer(credential.consumer, now)
        fields = identity_headers("", credential.consumer, held, credential=credential.identifier)
        principal = Principal(
            identity, credential.consumer, held, field_lines(fields), self._until(expires_at, now), credential
        )
        self._remember(shown, principal)
        return principal

    def _until(self, expires_at: float, now: float) -> float:
        """When the credential or the next grant of anybody ends."""
        place = bisect_right(self._expiries, now)
        return min(expires_at, self._expiries[place]) if place < len(self._expiries) else expires_at

    def _remember(self, shown: bytes, principal: Principal) -> None:
        if len(self._known) >= CACHED_TOKENS:
            del self._known[next(iter(self._known))]
        self._known[shown] = principal
