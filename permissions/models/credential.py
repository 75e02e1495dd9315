"""What consumers prove themselves with: API keys, and user names with passwords (G-226).

Only hashes are kept. A key is shown by the call that makes it and by nothing afterwards.
"""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from permissions import key_hash
from permissions.identity import is_username
from permissions.models.conflict import refuse_duplicate
from permissions.models.consumer import Consumer
from permissions.password_hash import SALT_BYTES, hash_password, normalised
from revisions.models import ConfigurationModel
from revisions.natural_keys import NaturallyKeyed
from revisions.recorded import Recorded


class CredentialKind(models.TextChoices):
    """The stage that reads it: `key_auth`, `basic_auth`."""

    API_KEY = "api_key", _("API key")
    BASIC = "basic", _("User name and password")


class Credential(NaturallyKeyed, ConfigurationModel):
    """One credential of a consumer. Deleting it, or switching it off, is in force when the call is answered."""

    natural_fields = ("kind", "identifier")

    recorded: ClassVar[Recorded] = Recorded(secrets=("digest",))

    consumer = models.ForeignKey(
        Consumer, on_delete=models.CASCADE, related_name="credentials", verbose_name=_("consumer")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=CredentialKind.choices, default=CredentialKind.API_KEY)
    name = models.CharField(_("name"), max_length=100, blank=True, help_text=_("What it is for."))
    identifier = models.CharField(
        _("recognised by"),
        max_length=255,
        help_text=_("The first characters of the key, or the user name."),
    )
    last_characters = models.CharField(_("last characters"), max_length=8, blank=True)
    digest = models.CharField(_("hash"), max_length=500)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    key = ""
    """The key itself, in the process that made it and until the row is read again; never stored."""

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "identifier"], name="permissions_credential_identifier", violation_error_code="conflict"
            ),
            models.CheckConstraint(
                condition=~models.Q(identifier="") & ~models.Q(digest=""), name="permissions_credential_is_whole"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=CredentialKind.values), name="permissions_credential_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identifier}…" if self.kind == CredentialKind.API_KEY else self.identifier

    def clean(self) -> None:
        """A user name that can be sent, and that nobody else has."""
        if self.kind == CredentialKind.BASIC:
            self.identifier = normalised(self.identifier)
            if not is_username(self.identifier):
                raise ValidationError({"identifier": _("Only printable characters, no colon, no blanks at the ends.")})
            refuse_duplicate(self, "identifier", _("This user name is taken."), kind=self.kind)

    def give_key(self) -> None:
        """Makes a new key: `self.key`, which is known this once. The row still has to be saved."""
        self.key = key = key_hash.make_key(secrets.randbelow(key_hash.SECRETS))
        self.kind = CredentialKind.API_KEY
        self.identifier = key_hash.key_prefix(key)
        self.last_characters = key[-key_hash.LAST_CHARACTERS :]
        self.digest = key_hash.key_digest(key)

    def give_password(self, password: str) -> None:
        """Sets the password, which takes some tens of milliseconds. The row still has to be saved."""
        self.kind = CredentialKind.BASIC
        self.digest = hash_password(password, secrets.token_bytes(SALT_BYTES))
