"""Further issuers of tokens, beside the built-in one (G-007)."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from permissions.credentials import MAX_LEEWAY_SECONDS
from permissions.key_fingerprint import public_key_fingerprint, secret_fingerprint
from permissions.models.conflict import refuse_duplicate
from permissions.validators import validate_key_address, validate_name, validate_subject, validate_text_list
from permissions.verification_key import ALGORITHMS, PUBLIC_KEY_ALGORITHMS, KeyMaterialError, from_pem, from_secret
from revisions.models import ConfigurationModel
from revisions.natural_keys import NaturallyKeyed
from revisions.recorded import Recorded
from revisions.sealed_fields import SealedTextField

KEY_FIELDS = ("secret", "public_key_pem", "jwks_url")


class TokenIssuer(NaturallyKeyed, ConfigurationModel):
    """A party whose tokens are believed, claims and all: whoever holds its key can name an administrator."""

    natural_fields = ("name",)

    recorded: ClassVar[Recorded] = Recorded(kind="issuer", secrets=("secret",))

    name = models.CharField(_("name"), max_length=100, validators=[validate_name])
    issuer = models.CharField(
        _("issuer"),
        max_length=255,
        blank=True,
        validators=[validate_subject],
        help_text=_("The iss of its tokens; empty for tokens that have none."),
    )
    algorithms = models.JSONField(_("algorithms"), default=list, validators=[validate_text_list])
    secret = SealedTextField(_("shared secret"), blank=True, max_length=4096)
    public_key_pem = models.TextField(_("public key (PEM)"), blank=True, max_length=16384)
    jwks_url = models.CharField(_("JWKS address"), max_length=500, blank=True, validators=[validate_key_address])
    audience = models.CharField(_("audience"), max_length=255, blank=True, validators=[validate_subject])
    leeway_seconds = models.PositiveSmallIntegerField(
        _("leeway in seconds"), default=0, validators=[MaxValueValidator(MAX_LEEWAY_SECONDS)]
    )
    may_name_teams = models.BooleanField(
        _("may name teams"),
        default=False,
        help_text=_("Its tokens' claim teams counts: a list of names of groups whose services the caller may see."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    expires_at = models.DateTimeField(
        _("trusted until"),
        null=True,
        blank=True,
        help_text=_("When this key stops counting; another row of the same issuer may hold its successor."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("token issuer")
        verbose_name_plural = _("token issuers")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="permissions_issuer_name", violation_error_code="conflict"),
            models.CheckConstraint(
                condition=models.Q(leeway_seconds__lte=MAX_LEEWAY_SECONDS), name="permissions_issuer_leeway"
            ),
            models.CheckConstraint(
                condition=(~models.Q(secret="") & models.Q(public_key_pem="", jwks_url=""))
                | (~models.Q(public_key_pem="") & models.Q(secret="", jwks_url=""))
                | (~models.Q(jwks_url="") & models.Q(secret="", public_key_pem="")),
                name="permissions_issuer_has_one_key",
                violation_error_message=_("Exactly one of secret, public key and JWKS address."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key_kind(self) -> str:
        """Which of the three keys the row holds."""
        if self.jwks_url:
            return "jwks"
        return "public_key" if self.public_key_pem else "secret"

    @property
    def fingerprint(self) -> str:
        """By which the key of this row is recognised; empty for an address, whose keys have ids."""
        return secret_fingerprint(self.secret) if self.secret else public_key_fingerprint(self.public_key_pem)

    def clean(self) -> None:
        """One key, of a kind that fits every algorithm."""
        refuse_duplicate(self, "name", _("A token issuer with this name exists."))
        given = [name for name in KEY_FIELDS if getattr(self, name)]
        if len(given) != 1:
            raise ValidationError({"secret": _("Exactly one of secret, public key and JWKS address.")})
        if not isinstance(self.algorithms, list) or not self.algorithms:
            raise ValidationError({"algorithms": _("At least one algorithm.")})
        if not all(isinstance(name, str) for name in self.algorithms):
            return  # the field's own validator says so
        unknown = next((name for name in self.algorithms if name not in ALGORITHMS), None)
        if unknown is not None:
            told = _("“{input}” is not one of: {choices}.")
            raise ValidationError({"algorithms": told.format(input=unknown[:100], choices=", ".join(ALGORITHMS))})
        try:
            self._check_key()
        except KeyMaterialError as error:
            raise ValidationError({given[0]: _("Unusable key: %s.") % error}) from None

    def _check_key(self) -> None:
        if self.secret:
            from_secret(self.secret, self.algorithms)
        elif self.public_key_pem:
            from_pem(self.public_key_pem, self.algorithms)
        elif not set(self.algorithms) <= set(PUBLIC_KEY_ALGORITHMS):
            raise ValidationError({"algorithms": _("A JWKS address goes with public-key algorithms only.")})
