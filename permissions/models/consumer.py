"""Consumers: applications known by name (G-226)."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from permissions.models.conflict import refuse_duplicate
from permissions.validators import validate_consumer_plugins, validate_name, validate_subject
from revisions.models import ConfigurationModel
from revisions.natural_keys import NaturallyKeyed
from revisions.recorded import Recorded
from revisions.sealed_fields import SealedJSONField
from services.plugin_secrets import masked_column
from services.validators import check_labels

MOST_REQUESTS_A_MINUTE = 1_000_000_000


class Consumer(NaturallyKeyed, ConfigurationModel):
    """An application that calls through the gateway, apart from the person it may call for."""

    natural_fields = ("name",)

    recorded: ClassVar[Recorded] = Recorded(shown=masked_column)

    name = models.CharField(_("name"), max_length=100, validators=[validate_name])
    description = models.CharField(_("description"), max_length=500, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    labels = models.JSONField(_("labels"), default=dict, blank=True, validators=[check_labels])
    jwt_subject = models.CharField(  # noqa: DJ001 - NULL, for a unique column holds only one empty text
        _("subject of its tokens"),
        max_length=255,
        null=True,
        blank=True,
        default=None,
        validators=[validate_subject],
    )
    rate_limit_rpm = models.PositiveIntegerField(
        _("requests a minute"),
        null=True,
        blank=True,
        default=None,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_REQUESTS_A_MINUTE)],
        help_text=_("Over all routes together; empty is no limit."),
    )
    plugins = SealedJSONField(
        _("plugins"),
        default=dict,
        blank=True,
        validators=[validate_consumer_plugins],
        help_text=_("Name to configuration; takes the place of the route's, the service's and the global one."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("consumer")
        verbose_name_plural = _("consumers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="permissions_consumer_name", violation_error_code="conflict"),
            models.UniqueConstraint(
                fields=["jwt_subject"], name="permissions_consumer_subject", violation_error_code="conflict"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="permissions_consumer_has_name"),
            models.CheckConstraint(condition=~models.Q(jwt_subject=""), name="permissions_consumer_subject_or_null"),
            models.CheckConstraint(
                condition=models.Q(rate_limit_rpm=None) | models.Q(rate_limit_rpm__range=(1, MOST_REQUESTS_A_MINUTE)),
                name="permissions_consumer_rate_limit",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A name and a subject of its own; an empty subject is none."""
        self.jwt_subject = self.jwt_subject or None
        for name in ("labels", "plugins"):
            if not isinstance(getattr(self, name), dict):  # Django runs no validator on an empty value of a wrong type
                raise ValidationError({name: _("Must be an object.")})
        refuse_duplicate(self, "name", _("A consumer with this name exists."))
        refuse_duplicate(self, "jwt_subject", _("Another consumer has this subject."))
