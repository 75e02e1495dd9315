"""What the endpoints of token issuers take and show: a secret goes in and never comes out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway_project.rest.fields import StrictCharField, StrictListField
from gateway_project.rest.serializers import StrictModelSerializer
from permissions.identity import MAX_NAME_LENGTH
from permissions.models import TokenIssuer
from permissions.models.token_issuer import KEY_FIELDS
from permissions.verification_key import ALGORITHMS


class IssuerSerializer(StrictModelSerializer):
    """An issuer with exactly one key: `secret`, `public_key_pem` or `jwks_url`. A change that names one replaces it."""

    id = serializers.CharField(source="pk", read_only=True)
    name = StrictCharField(max_length=100, trim_whitespace=False)
    issuer = StrictCharField(
        max_length=MAX_NAME_LENGTH,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="The iss of its tokens; empty for tokens that have none.",
    )
    algorithms = StrictListField(
        child=StrictCharField(max_length=10), help_text=f"Some of {', '.join(ALGORITHMS)}, as the kind of key allows."
    )
    key_kind = serializers.ChoiceField(choices=["secret", "public_key", "jwks"], read_only=True)
    secret = StrictCharField(max_length=4096, required=False, allow_blank=True, trim_whitespace=False, write_only=True)
    public_key_pem = StrictCharField(max_length=16384, required=False, allow_blank=True)
    jwks_url = StrictCharField(max_length=500, required=False, allow_blank=True)
    fingerprint = serializers.CharField(
        read_only=True, help_text="SHA-256 of the public key; of a secret the first 16 digits; empty for an address."
    )
    audience = StrictCharField(max_length=MAX_NAME_LENGTH, required=False, allow_blank=True, trim_whitespace=False)

    class Meta:
        model = TokenIssuer
        fields = (
            "id",
            "name",
            "issuer",
            "algorithms",
            "key_kind",
            "secret",
            "public_key_pem",
            "jwks_url",
            "fingerprint",
            "audience",
            "leeway_seconds",
            "may_name_teams",
            "is_active",
            "expires_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("created_at", "updated_at")

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """A new key takes the place of the old one, of whatever kind; then the model's rules."""
        given = [name for name in KEY_FIELDS if values.get(name)]
        if self.instance is not None and len(given) == 1:
            values |= {name: "" for name in KEY_FIELDS if name not in given}
        super().check_values(values, errors)


class KeyReportSerializer(serializers.Serializer[Any]):
    """Describes one key of an issuer."""

    kid = serializers.CharField(allow_blank=True)
    kty = serializers.CharField(allow_blank=True)
    algorithms = serializers.ListField(child=serializers.CharField(), help_text="Of the row's, those it is good for.")
    problem = serializers.CharField(allow_blank=True, help_text="Why it is good for none.")


class IssuerTestSerializer(serializers.Serializer[Any]):
    """Describes what the keys of an issuer are good for."""

    issuer_id = serializers.CharField()
    key_kind = serializers.CharField()
    usable = serializers.BooleanField(help_text="Whether some key is good for an algorithm of the row.")
    problem = serializers.CharField(allow_blank=True, help_text="Why there are no keys.")
    keys = KeyReportSerializer(many=True)
