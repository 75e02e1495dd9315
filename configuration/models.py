"""Change sets: several changes under one reason, kept until they are published and as a record afterwards (G-501)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from revisions.models import SECRET_MEMBERS
from revisions.sealed_fields import SealedJSONField


class State(models.TextChoices):
    """What has become of a change set."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    FAILED = "failed", _("failed")


class ChangeSet(models.Model):
    """Not configuration itself: no snapshot depends on it, and writing one raises no revision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reason = models.CharField(_("reason"), max_length=500)
    changes = SealedJSONField(_("changes"), members=SECRET_MEMBERS)
    """As they were sent; once published, without what is secret in them."""
    seen = models.JSONField(default=dict, editable=False)
    """Place of a change → id and ETag that the object it changes had when the draft was written."""
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    publish_at = models.DateTimeField(_("publish at"), null=True, blank=True)
    actor = models.CharField(_("actor"), max_length=200, blank=True)
    owner = models.CharField(max_length=300, blank=True, editable=False, db_index=True)
    """Who it is that the actor's name stands for (`permissions.caller_key`); empty is nobody's but administrators'."""
    standing = models.JSONField(default=dict, editable=False)
    """What the actor was allowed when he wrote it, for whoever publishes it in his stead."""
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    revision = models.BigIntegerField(_("revision"), null=True, blank=True)
    """The one it made; None until it is published, and where nothing was different."""
    problem = models.JSONField(_("problem"), default=dict, blank=True)
    """Why it could not be published at its time: language → code, message and content of the refusal."""

    class Meta:
        verbose_name = _("change set")
        verbose_name_plural = _("change sets")
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["state", "publish_at"], name="configuration_set_due")]

    def __str__(self) -> str:
        return self.reason
