"""Making, knowing and taking back API tokens (docs/access.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from permissions import key_hash
from permissions.models import ApiToken, TokenScope

USED_EVERY = timedelta(minutes=1)
"""How exactly `last_used_at` is kept."""
NO_DIGEST = "0" * 64
"""Compared with where there is no such token, so that the time tells nothing."""


@dataclass(slots=True, eq=False)
class ScriptCaller:
    """`request.user` of a request with an API token: its owner, within the token's scope."""

    user: Any
    token: ApiToken
    _gateway_standing: Any = field(default=None, repr=False)
    """Kept here by `permissions.standing`."""
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """The account's."""
        return bool(self.user.is_active)

    @property
    def pk(self) -> Any:
        """The account's."""
        return self.user.pk

    @property
    def subject(self) -> str:
        """The name on record for what this caller changes."""
        return str(self.user.get_username())

    def get_username(self) -> str:
        """The account's."""
        return self.subject

    def __str__(self) -> str:
        return self.subject


def create(user: Any, name: str, scope: str, expires_at: datetime | None = None) -> ApiToken:
    """A new token; `key` of the answer is known this once. Raises `ValidationError`."""
    token = ApiToken(user=user, name=name, scope=scope, expires_at=expires_at)
    token.give_key()
    token.full_clean()
    token.save(force_insert=True)
    return token


def caller_of(key: str) -> ScriptCaller | None:
    """Whom a token speaks for; None where it is not, or no longer, good."""
    found = None
    if key_hash.is_key(key):
        found = ApiToken.objects.select_related("user").filter(identifier=key_hash.key_prefix(key)).first()
    right = key_hash.is_key_of(key, found.digest if found is not None else NO_DIGEST)
    if found is None or not right or not found.is_good:
        return None
    _note_use(found)
    return ScriptCaller(found.user, found)


def revoke(token: ApiToken) -> None:
    """Takes it back: the next request with it is refused. The row stays, to tell whose it was."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])


def scopes_for(standing: Any) -> list[str]:
    """The scopes that a token of somebody with this standing may have."""
    return [scope for scope in TokenScope.values if scope != TokenScope.ADMIN or standing.administrator]


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - USED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
