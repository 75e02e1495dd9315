"""People of teams, and callers with their tokens."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from tests.common import access_tokens


def team(name: str) -> Group:
    """The group of this name."""
    return Group.objects.get_or_create(name=name)[0]


def person(name: str, *groups: str, **flags: Any) -> Any:
    """An account that is a member of these groups."""
    account = get_user_model().objects.create_user(name, password="x", **flags)
    account.groups.set([team(group) for group in groups])
    return account


def token_of(account: Any) -> str:
    """An access token as a login gives it."""
    return access_tokens.access(account.get_username(), roles=[group.name for group in account.groups.all()])
