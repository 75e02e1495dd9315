"""Permissions that routes may require and grants give (G-220…G-222)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from permissions.models.conflict import refuse_duplicate
from permissions.validators import validate_name, validate_text_list
from revisions.models import ConfigurationModel
from revisions.natural_keys import NaturallyKeyed


class Permission(NaturallyKeyed, ConfigurationModel):
    """A code that a token's claim or a grant carries and a route asks for."""

    natural_fields = ("code",)

    code = models.CharField(_("code"), max_length=100, validators=[MinLengthValidator(1), validate_name])
    name = models.CharField(_("name"), max_length=100, validators=[MinLengthValidator(1)])
    description = models.CharField(_("description"), max_length=500, blank=True)
    resource_type = models.CharField(_("resource type"), max_length=50, blank=True)
    actions = models.JSONField(_("actions"), default=list, blank=True, validators=[validate_text_list])
    is_system = models.BooleanField(
        _("system permission"), default=False, help_text=_("Cannot be deleted and keeps its code.")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("permission")
        verbose_name_plural = _("permissions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                name="permissions_permission_code",
                violation_error_code="conflict",
                violation_error_message=_("A permission with this code exists."),
            ),
            models.CheckConstraint(condition=~models.Q(code=""), name="permissions_permission_has_code"),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """A code of its own, which a system permission never changes."""
        refuse_duplicate(self, "code", _("A permission with this code exists."))
        if not isinstance(self.actions, list):  # Django runs no validator on an empty value, be it of a wrong type
            raise ValidationError({"actions": _("Must be a list of non-empty strings.")})
        if self.pk is None:
            return
        stored = Permission.objects.filter(pk=self.pk, is_system=True).first()
        if stored is None:
            return
        if stored.code != self.code:
            raise ValidationError({"code": _("A system permission keeps its code.")})
        if not self.is_system:
            raise ValidationError({"is_system": _("A system permission stays one.")})
