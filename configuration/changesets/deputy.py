"""In whose stead a set is published at its time: he may do what he might when he wrote it, and still may.

| who wrote it                     | what counts now                                                              |
|----------------------------------|------------------------------------------------------------------------------|
| an account                       | its groups and grants; nothing for one that is disabled or gone              |
| a subject of the built-in issuer | as he wrote it, unless an account of that name has been made and disabled    |
| a subject of another issuer      | nothing once the issuer is not trusted, no teams once it may not name them   |
"""

from __future__ import annotations

import math
import time
from typing import Any

from django.contrib.auth import get_user_model

from configuration.models import ChangeSet
from permissions.api.caller import TokenCaller
from permissions.api.verifier import held_now
from permissions.caller_key import ACCOUNT
from permissions.compile import BUILT_IN_ISSUER_ID, issuer_specs
from permissions.identity import Identity
from permissions.models import TokenIssuer
from permissions.standing import EVERYTHING, NOBODY, Standing, standing_of
from permissions.tokens import roles_of


class Deputy:
    """The caller in whose stead a set is published."""

    is_authenticated = is_active = True
    is_anonymous = False
    pk = None

    def __init__(self, row: ChangeSet) -> None:
        self.subject = row.actor
        self._gateway_standing = within(standing_from(row.standing), standing_now(row))

    def get_username(self) -> str:
        """As a Django user's."""
        return self.subject


def standing_to(caller: Any) -> dict[str, Any]:
    """What a caller is allowed now, to be kept with a set."""
    now = standing_of(caller)
    return {"administrator": now.administrator, "operator": now.operator, "teams": sorted(now.teams)}


def standing_from(kept: dict[str, Any]) -> Standing:
    """The same, read again."""
    return Standing(
        administrator=bool(kept.get("administrator")),
        operator=bool(kept.get("operator")),
        teams=frozenset(kept.get("teams", ())),
    )


def within(kept: Standing, now: Standing) -> Standing:
    """What both allow. Pure."""
    if kept.administrator:
        return now
    if now.administrator:
        return kept
    return Standing(operator=kept.operator and now.operator, teams=kept.teams & now.teams)


def standing_now(row: ChangeSet) -> Standing:
    """The most that the owner of a set may do at this moment."""
    kind, _colon, rest = row.owner.partition(":")
    if kind == ACCOUNT:
        return _of_account(get_user_model().objects.filter(pk=rest, is_active=True).first())
    issuer, _colon, subject = rest.partition(":")
    if issuer == BUILT_IN_ISSUER_ID:
        accounts = get_user_model().objects.filter(username=subject)
        return NOBODY if accounts.exists() and not accounts.filter(is_active=True).exists() else EVERYTHING
    return _of_issuer(issuer, standing_from(row.standing))


def _of_account(account: Any) -> Standing:
    """What a token would be that the account got now."""
    if account is None:
        return NOBODY
    name, nothing = account.get_username(), frozenset[str]()
    identity = Identity(
        subject=name,
        permissions=nothing,
        roles=frozenset(roles_of(account)),
        jti="",
        expires_at=math.inf,
        claims={},
        issuer_id=BUILT_IN_ISSUER_ID,
    )
    return standing_of(TokenCaller(identity, held_now(identity, time.time())))


def _of_issuer(issuer: str, kept: Standing) -> Standing:
    if issuer not in {spec.id for spec in issuer_specs()}:
        return NOBODY
    if TokenIssuer.objects.filter(pk=issuer, may_name_teams=True).exists():
        return kept
    return Standing(administrator=kept.administrator, operator=kept.operator)
