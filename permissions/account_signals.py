"""A changed account ends its tokens (edge rule A3).

When a person is disabled, deleted, renamed, gets another password or another superuser status, every token he
was given is revoked with the change itself, so workers refuse it within a second. A change of groups only is
seen by the next token: an access token lives an hour at most.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import post_save, pre_delete, pre_save

WATCHED = ("password", "is_active", "is_superuser", "username")
_MARK = "_gateway_account_changed"


def connect() -> None:
    """Called once, when the apps are ready."""
    user_model = get_user_model()
    pre_save.connect(_remember, sender=user_model, dispatch_uid="permissions.account.pre_save")
    post_save.connect(_end_tokens, sender=user_model, dispatch_uid="permissions.account.post_save")
    pre_delete.connect(_end_tokens_of_deleted, sender=user_model, dispatch_uid="permissions.account.pre_delete")


def _remember(sender: Any, instance: Any, update_fields: Any = None, raw: bool = False, **_kwargs: Any) -> None:
    names = [name for name in WATCHED if update_fields is None or name in update_fields]
    before = sender.objects.filter(pk=instance.pk).values(*names).first() if names and instance.pk and not raw else None
    changed = before is not None and any(before[name] != getattr(instance, name) for name in names)
    setattr(instance, _MARK, changed)


def _end_tokens(sender: Any, instance: Any, **_kwargs: Any) -> None:
    if instance.__dict__.pop(_MARK, False):
        _revoke_all_of(instance, "the account was changed")


def _end_tokens_of_deleted(sender: Any, instance: Any, **_kwargs: Any) -> None:
    _revoke_all_of(instance, "the account was deleted")


def _revoke_all_of(user: Any, reason: str) -> None:
    from permissions.revocation import revoke_all_of  # models can be imported only after the apps are ready

    revoke_all_of(user, by=user.get_username(), reason=reason)
