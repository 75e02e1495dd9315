"""What Django tells of logins and of the console, and `revisions` of changes, taken to the trail."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models.signals import post_save

from permissions.audit import trail
from permissions.models import AuditAction, AuditOutcome
from revisions import witnesses
from revisions.models import ConfigurationModel


def connect() -> None:
    """Called once, when the apps are ready."""
    user_logged_in.connect(_logged_in, dispatch_uid="permissions.audit.logged_in")
    user_login_failed.connect(_login_failed, dispatch_uid="permissions.audit.login_failed")
    post_save.connect(_console_changed, sender=LogEntry, dispatch_uid="permissions.audit.console")
    witnesses.add(_configuration_changed)


def _configuration_changed(number: int, actor: str) -> None:
    trail.note(AuditOutcome.SUCCEEDED, actor=actor, revision=number)


def _logged_in(sender: Any, user: Any, **_more: Any) -> None:
    current = trail.asked()
    if current is not None:
        current.action, current.actor = AuditAction.LOGIN, user.get_username()


def _login_failed(sender: Any, credentials: dict[str, Any], **_more: Any) -> None:
    current = trail.asked()
    if current is not None:
        current.action, current.refused = AuditAction.LOGIN, True
        current.actor = str(credentials.get("username", ""))


def _console_changed(sender: Any, instance: LogEntry, created: bool, **_more: Any) -> None:
    """What is configuration has a revision, and is noted with that."""
    current = trail.asked()
    kind = instance.content_type
    model = kind.model_class() if kind is not None else None
    if created and current is not None and model is not None and not issubclass(model, ConfigurationModel):
        trail.note(AuditOutcome.SUCCEEDED)
