"""What a caller of the control plane is: administrator, operator, member of which teams.

| caller                       | teams                      | administrator                     | operator             |
|------------------------------|----------------------------|-----------------------------------|----------------------|
| a person logged in           | his groups                 | superuser, or the group           | the group            |
| token of the built-in issuer | the groups of the active   | gateway.admin, role admin, or the | the group; the role  |
|                              | account its subject names  | role and the group administrator  | where no account is  |
| token of another issuer      | its claim `teams`, if the  | gateway.admin, role admin         | the role             |
|                              | issuer's row allows it     |                                   |                      |
| API token                    | its owner's                | its owner, but for scope write    | its owner; scope     |
|                              |                            |                                   | write of one above   |

Groups are looked up at each request: who leaves one has left it with the next request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from permissions.api.caller import TokenCaller
from permissions.api_tokens import ScriptCaller
from permissions.compile import BUILT_IN_ISSUER_ID
from permissions.identity import Identity
from permissions.models import TokenIssuer, TokenScope
from services.ownership import ADMINISTRATOR, OPERATOR, SHIPPED_GROUPS

MOST_TEAMS = 100
"""A claim that names more counts for none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer; `teams` are primary keys of groups."""

    administrator: bool = False
    operator: bool = False
    teams: frozenset[int] = frozenset()


EVERYTHING = Standing(administrator=True, operator=True)
NOBODY = Standing()


def standing_of(caller: Any) -> Standing:
    """What this caller is. It is kept with the caller, who lives as long as his request."""
    known: Standing | None = getattr(caller, "_gateway_standing", None)
    if known is None:
        known = _looked_up(caller)
        caller._gateway_standing = known
    return known


def _looked_up(caller: Any) -> Standing:
    if not (caller.is_authenticated and caller.is_active):
        return NOBODY
    if getattr(caller, "is_superuser", False) or getattr(caller, "is_administrator", False):
        return EVERYTHING
    if isinstance(caller, TokenCaller):
        return _of_token(caller.identity)
    if isinstance(caller, ScriptCaller):
        return _of_script(caller)
    groups = groups_of(pk=caller.pk) or {}
    return _of_groups(groups, administrator=ADMINISTRATOR in groups)


def _of_token(identity: Identity) -> Standing:
    if identity.issuer_id != BUILT_IN_ISSUER_ID:
        return Standing(operator=OPERATOR in identity.roles, teams=_claimed_teams(identity))
    found = groups_of(username=identity.subject, is_active=True)
    if found is None:
        return Standing(operator=OPERATOR in identity.roles)
    return _of_groups(found, administrator=ADMINISTRATOR in found and ADMINISTRATOR in identity.roles)


def _of_script(caller: ScriptCaller) -> Standing:
    """Its owner's. With scope write that of an operator of his teams; with scope read nothing is changed anyway."""
    own = standing_of(caller.user)
    if caller.token.scope != TokenScope.WRITE or not own.administrator:
        return own
    return _of_groups({**(groups_of(pk=caller.user.pk) or {}), OPERATOR: 0}, administrator=False)


def _of_groups(groups: dict[str, int], *, administrator: bool) -> Standing:
    if administrator:
        return EVERYTHING
    teams = frozenset(pk for name, pk in groups.items() if name not in SHIPPED_GROUPS)
    return Standing(operator=OPERATOR in groups, teams=teams)


def groups_of(**account: Any) -> dict[str, int] | None:
    """Name → primary key of the groups of an account; None where there is no such account. One query."""
    found = list(get_user_model().objects.filter(**account).values_list("groups__name", "groups__pk"))
    return {name: pk for name, pk in found if pk is not None} if found else None


def _claimed_teams(identity: Identity) -> frozenset[int]:
    names = identity.claims.get("teams")
    if not isinstance(names, list) or len(names) > MOST_TEAMS or not all(isinstance(name, str) for name in names):
        return frozenset()
    if not names or not TokenIssuer.objects.filter(pk=identity.issuer_id, may_name_teams=True).exists():
        return frozenset()
    teams = Group.objects.filter(name__in=names).exclude(name__in=SHIPPED_GROUPS)
    return frozenset(teams.values_list("pk", flat=True))
