"""Roles: names that tokens carry and grants may be given to."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from permissions.models.conflict import refuse_duplicate
from permissions.validators import validate_name
from revisions.models import ConfigurationModel
from revisions.natural_keys import NaturallyKeyed


class Role(NaturallyKeyed, ConfigurationModel):
    """A role a token may name in `role` or `roles`. Whoever has `admin` is an administrator without any grant."""

    natural_fields = ("name",)

    name = models.CharField(_("name"), max_length=100, validators=[validate_name])
    description = models.CharField(_("description"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="permissions_role_name", violation_error_code="conflict"),
            models.CheckConstraint(condition=~models.Q(name=""), name="permissions_role_has_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A name of its own."""
        refuse_duplicate(self, "name", _("A role with this name exists."))
