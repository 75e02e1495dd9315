"""What a file may say of each kind of object: the fields of the API's own serializers, with names for other rows.

Each judges a row by itself: that the rows it names are there, and that no two are the same, is asked of the
whole document afterwards, because the file may bring both.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from gateway_project.rest import fields as strict
from gateway_project.rest.conflicts import single
from gateway_project.rest.serializers import StrictModelSerializer
from permissions import key_hash, password_hash
from permissions.api.consumer_serializers import ConsumerSerializer
from permissions.api.issuer_serializers import IssuerSerializer
from permissions.api.role_serializers import RoleSerializer
from permissions.api.serializers import PermissionSerializer
from permissions.identity import MAX_NAME_LENGTH
from permissions.models import Credential, CredentialKind, Grant
from permissions.validators import validate_password, validate_subject
from routing.api.plugin_serializers import GlobalPluginSerializer
from routing.api.serializers import RouteSerializer
from routing.required import MOST
from services.api.serializers import RegistrationSerializer
from services.api.service_serializers import ServiceSerializer
from services.models import ServiceInstance

CLASHES = ("conflict", "unique")
"""Codes of what is wrong with a row only beside others."""
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Alone(StrictModelSerializer):
    """Keeps the row it judged, `row`: unsaved, without what it names. `held` is the stored row it stands for."""

    unstored: ClassVar[frozenset[str]] = frozenset()
    """Fields that are written and are no column."""
    row: Any = None
    held: Any = None

    def candidate(self, values: dict[str, Any]) -> models.Model:
        """As in the base, under the id of the stored row, so that no row is in its own way."""
        self.row = super().candidate(values)
        if self.held is not None:
            self.row.pk = self.held.pk
        return self.row

    def check_row(self, row: Any, exclude: set[str], *, constraints: bool) -> None:
        """By the rules of its own columns."""
        try:
            row.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            if not all(one.code in CLASHES for one in single(error)):
                raise


class PermissionEntry(Alone, PermissionSerializer):
    """A permission."""


class RoleEntry(Alone, RoleSerializer):
    """A role."""


class IssuerEntry(Alone, IssuerSerializer):
    """A token issuer; its secret is a reference to a variable."""


class ServiceEntry(Alone, ServiceSerializer):
    """A service; its instances stand in it."""

    owner = strict.StrictCharField(  # type: ignore[assignment] # by name: it may not be there yet
        source="owner.name", max_length=150, required=False, help_text="The team, a group of that name."
    )

    class Meta(ServiceSerializer.Meta):
        fields = ServiceSerializer.Meta.fields

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """As it stands in the file: who may give a service to a team is asked where it is stored."""
        return super(ServiceSerializer, self).to_internal_value(data)


class InstanceEntry(Alone, RegistrationSerializer):  # type: ignore[misc] # both make rows of one model
    """An instance that is written down. One with a lease registers itself and is in no file."""

    service_name = None  # type: ignore[assignment] # how DRF takes a declared field out
    ttl_seconds = None  # type: ignore[assignment]

    class Meta:
        model = ServiceInstance
        fields = [
            "instance_id",
            "host",
            "port",
            "protocol",
            "weight",
            "priority",
            "status",
            "health_check_url",
            "health_check_interval_seconds",
            "metadata",
        ]


class RouteEntry(Alone, RouteSerializer):
    """A route; its id only where the file shall keep it."""

    unstored = frozenset({"id", "method"})
    id = serializers.UUIDField(required=False, help_text="Kept as it is; left out, a new route gets one.")

    class Meta(RouteSerializer.Meta):
        read_only_fields = ["created_at", "updated_at"]

    def validate_required_permissions(self, codes: list[str]) -> list[Any]:
        """The codes, each once, in order."""
        if len(codes) > MOST:
            raise serializers.ValidationError(_("Must be a list of at most %(most)d entries.") % {"most": MOST})
        return sorted(set(codes))


class ConsumerEntry(Alone, ConsumerSerializer):
    """A consumer; its credentials stand in it."""


class CredentialEntry(Alone):
    """What keys and passwords have in common."""

    name = strict.StrictCharField(max_length=100, required=False, allow_blank=True)
    expires_at = strict.TimestampField(required=False, allow_null=True)

    def _excluded(self, values: dict[str, Any], errors: dict[str, Any]) -> set[str]:
        """What is not given may be stored already."""
        return super()._excluded(values, errors) | ({"identifier", "digest"} - values.keys())


class KeyEntry(CredentialEntry):
    """An API key: itself, from a variable, or its hash, or nothing but what it is recognised by."""

    unstored = frozenset({"key"})
    prefix = strict.StrictCharField(source="identifier", max_length=key_hash.SHOWN_CHARACTERS, required=False)
    key = strict.StrictCharField(required=False, help_text="From a variable: `${NAME}`.")
    hash = strict.StrictCharField(source="digest", required=False, help_text="SHA-256 of the whole key.")

    class Meta:
        model = Credential
        fields = ("prefix", "name", "key", "hash", "last_characters", "expires_at", "is_active")

    def candidate(self, values: dict[str, Any]) -> models.Model:
        """With the key's own parts, where the key is known."""
        key = values.pop("key", None)
        if key is not None:
            values |= {
                "identifier": key_hash.key_prefix(key),
                "last_characters": key[-key_hash.LAST_CHARACTERS :],
                "digest": key_hash.key_digest(key),
            }
        row: Any = super().candidate(values)
        row.kind = CredentialKind.API_KEY
        return row

    def validate_key(self, key: str) -> str:
        """A key this gateway could have made."""
        if not key_hash.is_key(key):
            raise serializers.ValidationError(_("This is no API key of this gateway."))
        return key

    def validate_hash(self, digest: str) -> str:
        """64 hexadecimal digits."""
        if DIGEST.fullmatch(digest) is None:
            raise serializers.ValidationError(_("Must be a SHA-256 in 64 lower-case hexadecimal digits."))
        return digest


class BasicEntry(CredentialEntry):
    """A user name with its password, from a variable, or with the hash of it, or alone."""

    unstored = frozenset({"password"})
    username = strict.StrictCharField(source="identifier", max_length=MAX_NAME_LENGTH, trim_whitespace=False)
    password = strict.StrictCharField(
        max_length=password_hash.MAX_LENGTH,
        trim_whitespace=False,
        required=False,
        help_text="From a variable: `${NAME}`.",
    )
    hash = strict.StrictCharField(source="digest", max_length=500, required=False, help_text="scrypt, as exported.")

    class Meta:
        model = Credential
        fields = ("username", "name", "password", "hash", "expires_at", "is_active")

    def candidate(self, values: dict[str, Any]) -> models.Model:
        """Of this kind."""
        row: Any = super().candidate(values)
        row.kind = CredentialKind.BASIC
        return row

    def validate_password(self, value: str) -> str:
        """Long enough, without control characters."""
        validate_password(value)
        return value

    def validate_hash(self, encoded: str) -> str:
        """A hash that passwords can be held against."""
        if not password_hash.is_password_hash(encoded):
            raise serializers.ValidationError(_("Must be a scrypt hash as the gateway exports it."))
        return encoded


class GrantEntry(Alone):
    """A permission by its code, and exactly one of user, role and consumer by name."""

    permission = strict.StrictCharField(source="permission.code", max_length=100, trim_whitespace=False)
    user = strict.StrictCharField(
        max_length=MAX_NAME_LENGTH, required=False, trim_whitespace=False, validators=[validate_subject]
    )
    role = strict.StrictCharField(source="role.name", max_length=100, required=False, trim_whitespace=False)
    consumer = strict.StrictCharField(source="consumer.name", max_length=100, required=False, trim_whitespace=False)
    expires_at = strict.TimestampField(required=False, allow_null=True)

    class Meta:
        model = Grant
        fields = ("permission", "user", "role", "consumer", "expires_at")

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """One holder; all else is each field's own."""
        if not errors and len({"user", "role.name", "consumer.name"} & values.keys()) != 1:
            errors["user"] = [_("Exactly one of user, role and consumer.")]
        self.row = Grant(user=values.get("user", ""), expires_at=values.get("expires_at"))


class PluginEntry(Alone, GlobalPluginSerializer):
    """A plugin bound to everything."""
