"""Grants: a permission given to a user, a role or a consumer, perhaps for a time (G-223)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from permissions.models.conflict import refuse_duplicate
from permissions.models.consumer import Consumer
from permissions.models.permission import Permission
from permissions.models.role import Role
from permissions.validators import validate_subject
from revisions.change import change
from revisions.models import ConfigurationModel
from revisions.natural_keys import NaturallyKeyed
from revisions.recorded import Recorded

_ENDS = ("permission_id", "user", "role_id", "consumer_id")
_NO_USER, _NO_ROLE, _NO_CONSUMER = Q(user=""), Q(role=None), Q(consumer=None)


class Grant(NaturallyKeyed, ConfigurationModel):
    """One permission of one holder. Who is granted is exactly one of the three columns."""

    natural_fields = ("permission__code", "user", "role__name", "consumer__name")

    recorded: ClassVar[Recorded] = Recorded(related=("permission", "role", "consumer"))

    permission = models.ForeignKey(
        Permission, on_delete=models.PROTECT, related_name="grants", verbose_name=_("permission")
    )
    user = models.CharField(
        _("user"),
        max_length=255,
        blank=True,
        validators=[validate_subject],
        help_text=_("The sub or user_id of the user's tokens."),
    )
    role = models.ForeignKey(
        Role, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", verbose_name=_("role")
    )
    consumer = models.ForeignKey(
        Consumer, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", verbose_name=_("consumer")
    )
    granted_by = models.CharField(_("granted by"), max_length=255, blank=True)
    granted_at = models.DateTimeField(_("granted at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(~_NO_USER & _NO_ROLE & _NO_CONSUMER)
                | (_NO_USER & ~_NO_ROLE & _NO_CONSUMER)
                | (_NO_USER & _NO_ROLE & ~_NO_CONSUMER),
                name="permissions_grant_has_one_holder",
                violation_error_message=_("Exactly one of user, role and consumer."),
            ),
            *(
                models.UniqueConstraint(
                    fields=["permission", holder],
                    condition=condition,
                    name=f"permissions_grant_{holder}",
                    violation_error_code="conflict",
                    violation_error_message=_("This permission is already granted to this holder."),
                )
                for holder, condition in (("user", ~_NO_USER), ("role", ~_NO_ROLE), ("consumer", ~_NO_CONSUMER))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.permission} → {self.holder}"

    @property
    def holder(self) -> str:
        """Kind and name of who is granted."""
        if self.role is not None:
            return f"role:{self.role}"
        return f"consumer:{self.consumer}" if self.consumer is not None else f"user:{self.user}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As in the base; a new grant bears the name of who makes the change."""
        with change() as current:
            if self._state.adding and not self.granted_by:
                self.granted_by = current.actor
            super().save(*args, **kwargs)

    def clean(self) -> None:
        """Exactly one holder, said of a field so that a form can show it; both ends of a grant never change."""
        if [bool(self.user), self.role is not None, self.consumer is not None].count(True) != 1:
            raise ValidationError({"user": _("Exactly one of user, role and consumer.")})
        stored = Grant.objects.filter(pk=self.pk).first() if self.pk else None
        moved = [name for name in _ENDS if stored is not None and getattr(stored, name) != getattr(self, name)]
        if moved:
            told = _("A grant keeps its permission and its holder: make another one.")
            raise ValidationError({name.removesuffix("_id"): told for name in moved})
        if self.permission_id is not None:
            holder = {"user": self.user, "role": self.role_id, "consumer": self.consumer_id}
            refuse_duplicate(self, "permission", _("This permission is already granted to this holder."), **holder)
