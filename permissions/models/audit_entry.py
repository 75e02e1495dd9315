"""One line of the audit trail."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditAction(models.TextChoices):
    """What somebody did, or tried to."""

    WRITE = "write", _("write")
    LOGIN = "login", _("login")
    TOKEN_CREATE = "token_create", _("API token created")
    TOKEN_REVOKE = "token_revoke", _("API token revoked")
    TEST_SEND = "test_send", _("test request sent")


class AuditOutcome(models.TextChoices):
    """How it ended."""

    SUCCEEDED = "succeeded", _("succeeded")
    REFUSED = "refused", _("refused")


class AuditVia(models.TextChoices):
    """What the caller showed."""

    SESSION = "session", _("session")
    TOKEN = "token", _("token")
    API_TOKEN = "api_token", _("API token")
    COMMAND = "command", _("command")
    NOTHING = "nothing", _("nothing")


class AuditEntry(models.Model):
    """Who, when, from where, what, and how it ended. What changed in detail stands in the revision."""

    at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)
    actor = models.CharField(_("actor"), max_length=200, blank=True, db_index=True)
    via = models.CharField(_("via"), max_length=9, choices=AuditVia.choices)
    address = models.CharField(_("address"), max_length=45, blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    action = models.CharField(_("action"), max_length=12, choices=AuditAction.choices)
    method = models.CharField(_("method"), max_length=10, blank=True)
    object = models.CharField(_("object"), max_length=500, blank=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=AuditOutcome.choices)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    revision = models.BigIntegerField(_("revision"), null=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.actor} {self.method} {self.object}".strip()
