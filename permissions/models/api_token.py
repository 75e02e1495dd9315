"""Tokens that a person gives to his scripts. They open the control plane only, and never more than he may himself."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permissions import key_hash
from permissions.validators import validate_name


class TokenScope(models.TextChoices):
    """What of its owner's rights a token has."""

    READ = "read", _("read")
    WRITE = "write", _("write")
    ADMIN = "admin", _("everything")


class ApiToken(models.Model):
    """One token. It is no configuration: making one raises no revision, and restoring brings none back."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(
        _("name"), max_length=100, validators=[MinLengthValidator(1), validate_name], help_text=_("What it is for.")
    )
    scope = models.CharField(
        _("scope"),
        max_length=5,
        choices=TokenScope.choices,
        default=TokenScope.READ,
        help_text=_("Read: nothing is changed. Write: what an operator may. Everything: all that the person may."),
    )
    identifier = models.CharField(_("recognised by"), max_length=20, unique=True, editable=False)
    last_characters = models.CharField(_("last characters"), max_length=8, editable=False)
    digest = models.CharField(_("hash"), max_length=64, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)
    """To the minute."""
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    key = ""
    """The token itself, in the process that made it and until the row is read again; never stored."""

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=TokenScope.values), name="permissions_api_token_scope")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.identifier}…)"

    def give_key(self) -> None:
        """Makes the token: `self.key`, which is known this once. The row still has to be saved."""
        self.key = key = key_hash.make_key(secrets.randbelow(key_hash.SECRETS))
        self.identifier = key_hash.key_prefix(key)
        self.last_characters = key[-key_hash.LAST_CHARACTERS :]
        self.digest = key_hash.key_digest(key)

    @property
    def is_good(self) -> bool:
        """Whether it still opens anything."""
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        return in_time and self.revoked_at is None and self.user.is_active
