"""Bodies of /admin/explain and /admin/permissions/check."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from gateway_project.rest import fields
from gateway_project.rest.serializers import StrictSerializer
from proxy.explain.asked import Asked

MOST_CHECKS = 100
MOST_HEADERS = 100


class AskedSerializer(StrictSerializer):
    """The part of a request that both ask about."""

    method = fields.StrictCharField(required=False, max_length=20, help_text="GET where it is left out.")
    path = fields.StrictCharField(
        max_length=8192, help_text="As a client would write it; a query may follow after `?`."
    )
    host = fields.StrictCharField(required=False, max_length=255, help_text="`localhost` where it is left out.")

    def validate_path(self, value: str) -> str:
        """Only a path can be asked about."""
        if not value.startswith("/"):
            raise serializers.ValidationError(_("Must begin with “/”."))
        return value


class ExplainSerializer(AskedSerializer):
    """A request that nobody has to send."""

    query = fields.StrictCharField(required=False, max_length=8192, allow_blank=True, help_text="Without `?`.")
    headers = fields.ObjectField(required=False, help_text="Name → text, or a list of texts for a repeated field.")
    address = fields.StrictCharField(required=False, max_length=64, help_text="Of the client; 127.0.0.1 if left out.")
    scheme = fields.StrictChoiceField(choices=["http", "https"], required=False)
    token = fields.StrictCharField(required=False, max_length=16384, help_text="An access token; it is not stored.")
    as_of = fields.StrictIntegerField(
        required=False, min_value=0, help_text="A revision: its configuration, state of now."
    )

    def validate_headers(self, value: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        """Pairs in order."""
        pairs = [
            (name, one) for name, texts in value.items() for one in (texts if isinstance(texts, list) else [texts])
        ]
        if len(pairs) > MOST_HEADERS or not all(isinstance(text, str) for _name, text in pairs):
            raise serializers.ValidationError(_("Must hold texts, or lists of texts, 100 at most."))
        return tuple(pairs)

    def validate_address(self, value: str) -> str:
        """In its usual spelling."""
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            raise serializers.ValidationError(_("Must be an IPv4 or IPv6 address.")) from None


class CheckSerializer(AskedSerializer):
    """Who wants to do what. Without subject and token it is the caller himself."""

    subject = fields.StrictCharField(required=False, max_length=255, help_text="A user; administrators ask of others.")
    roles = fields.StrictListField(
        child=fields.StrictCharField(max_length=255), required=False, max_length=100, help_text="That he would have."
    )
    token = fields.StrictCharField(required=False, max_length=16384, help_text="His access token instead.")

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """A token says who it is and what he may."""
        if "token" in values and {"subject", "roles"} & values.keys():
            errors.setdefault("token", [_("Give either a token, or a subject with roles.")])
        if "roles" in values and "subject" not in values:
            errors.setdefault("roles", [_("Roles need a subject.")])


def asked_of(values: dict[str, Any]) -> Asked:
    """The request of a body that was found good."""
    query = values.get("query", "")
    target = f"{values['path']}?{query}" if query else values["path"]
    given = {
        name: values[name] for name in ("method", "host", "headers", "address", "scheme", "token") if name in values
    }
    return Asked(target=target, **given)
