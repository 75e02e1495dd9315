"""`/admin/auth/revocations`: the tokens taken back before their end (G-009). They are made by `/admin/auth/revoke`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from gateway_project.rest.fields import TimestampField
from gateway_project.rest.resource_schema import described
from permissions.api import examples
from permissions.api.filters import RevocationFilter
from permissions.api.numbered import NumberedViewSet
from permissions.models import RevokedToken


class RevocationSerializer(serializers.ModelSerializer[RevokedToken]):
    """A revocation. It is never edited."""

    id = serializers.CharField(source="pk", read_only=True)
    expires_at = TimestampField(read_only=True, help_text="Until then it is kept: the end of the token.")
    revoked_at = TimestampField(read_only=True)

    class Meta:
        model = RevokedToken
        fields = ("id", "jti", "expires_at", "revoked_at", "revoked_by", "reason")
        read_only_fields = fields


@described("revocation", "revocations", tag="authentication", **examples.REVOCATION)
class RevocationViewSet(NumberedViewSet):
    """Revocations; all of it for administrators only. One that is deleted lets its token in again."""

    queryset = RevokedToken.objects.order_by("-revoked_at", "-id")
    serializer_class = RevocationSerializer
    filterset_class = RevocationFilter
    list_key = "revocations"
    reply_id = "revocation_id"
    created_fields = ()
    not_found = _("Revocation not found.")
    messages = {
        "list": _("Revocations fetched."),
        "retrieve": _("Revocation fetched."),
        "destroy": _("Revocation deleted."),
    }
