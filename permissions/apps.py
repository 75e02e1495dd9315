"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PermissionsConfig(AppConfig):
    """Who may: permissions, roles, grants, consumers, issuers of tokens and tokens taken back."""

    name = "permissions"
    verbose_name = _("Permissions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connects the signals that end a person's tokens with his account, and those that the audit trail follows."""
        from permissions import account_signals
        from permissions.audit import signals

        account_signals.connect()
        signals.connect()
