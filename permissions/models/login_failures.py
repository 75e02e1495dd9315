"""Failed logins, counted where every process and machine sees them (G-017)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LoginFailures(models.Model):
    """Attempts of one account or one address since `since`. Not configuration: no snapshot depends on it."""

    key = models.CharField(_("key"), max_length=80, unique=True)
    """`account:` or `address:` and a hash: what was typed into a login form may be a password."""
    since = models.DateTimeField(_("since"), db_index=True)
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("login failures")
        verbose_name_plural = _("login failures")
        ordering = ["-since"]

    def __str__(self) -> str:
        return f"{self.key} × {self.count}"
