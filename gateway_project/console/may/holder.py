"""Who is asked about, and what he holds now: by the same table of grants that the traffic is judged by."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from django.contrib.auth import get_user_model

from permissions.compile import consumer_specs, grant_specs
from permissions.decision import GrantTable
from permissions.identity import Identity
from permissions.models import Consumer
from permissions.tokens import roles_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """`roles` are those of the account, which a token of its login carries; a token may name permissions besides."""

    kind: str
    name: str
    roles: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()


def user_holder(name: str) -> Holder:
    """A user by his name; without an account he has what was granted to his name."""
    account = get_user_model().objects.filter(username=name, is_active=True).first()
    roles = tuple(roles_of(account)) if account else ()
    return Holder(kind="user", name=name, roles=roles, held=_table().held_by(_identity(name, roles), time.time()))


def consumer_holder(name: str) -> Holder | None:
    """A consumer by its name, with what its tokens' subject holds; None where there is none."""
    row = Consumer.objects.filter(name=name).first()
    if row is None:
        return None
    table, now = _table(), time.time()
    held = table.held_by_consumer(name, now)
    if row.jwt_subject:
        held |= table.held_by(_identity(row.jwt_subject, ()), now)
    return Holder(kind="consumer", name=name, held=held)


def _table() -> GrantTable:
    return GrantTable(grant_specs(), consumer_specs())


def _identity(subject: str, roles: tuple[str, ...]) -> Identity:
    nothing = frozenset[str]()
    return Identity(
        subject=subject, permissions=nothing, roles=frozenset(roles), jti="", expires_at=math.inf, claims={}
    )
