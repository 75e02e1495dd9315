"""Tokens taken back before they expire (G-009)."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permissions.credentials import MAX_LEEWAY_SECONDS
from revisions.models import ConfigurationModel
from revisions.natural_keys import NaturallyKeyed
from revisions.recorded import Recorded


def still_needed() -> Q:
    """Revocations of tokens somebody might still believe: an issuer's leeway outlives `exp`."""
    return Q(expires_at__gt=timezone.now() - timedelta(seconds=MAX_LEEWAY_SECONDS))


class RevokedToken(NaturallyKeyed, ConfigurationModel):
    """The id of a token that must not be believed. A new row is a change: every worker refuses within a second."""

    natural_fields = ("jti",)

    recorded: ClassVar[Recorded] = Recorded(kind="revoked_token", restorable=False)

    jti = models.CharField(_("token id"), max_length=255)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)
    revoked_at = models.DateTimeField(_("revoked at"), auto_now_add=True)
    revoked_by = models.CharField(_("revoked by"), max_length=255, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("revoked token")
        verbose_name_plural = _("revoked tokens")
        ordering = ["-revoked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["jti"],
                name="permissions_revoked_jti",
                violation_error_code="conflict",
                violation_error_message=_("This token is revoked already."),
            ),
            models.CheckConstraint(condition=~Q(jti=""), name="permissions_revoked_has_jti"),
        ]

    def __str__(self) -> str:
        return self.jti
