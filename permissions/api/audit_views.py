"""`/admin/audit`: the audit trail."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from gateway_project.rest.fields import TimestampField
from gateway_project.rest.filters import MomentFilter
from gateway_project.rest.schema import answers
from gateway_project.rest.viewset import EnvelopeViewSet
from permissions.models import AuditAction, AuditEntry, AuditOutcome

SHOWN = {
    "id": "41",
    "at": "2025-01-09 10:30:00",
    "actor": "alice",
    "via": "token",
    "address": "192.0.2.7",
    "request_id": "5f0c6a7e-7a7e-4f5e-9d2e-0c1b2a3d4e5f",
    "action": "write",
    "method": "PUT",
    "object": "/admin/routes/550e8400-e29b-41d4-a716-446655440000",
    "outcome": "succeeded",
    "status": None,
    "revision": 17,
}


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One entry."""

    id = serializers.CharField(source="pk", read_only=True)
    at = TimestampField(read_only=True)
    revision = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="What it changed: GET /admin/revisions/{number}."
    )

    class Meta:
        model = AuditEntry
        fields = tuple(SHOWN)
        read_only_fields = fields


class AuditListSerializer(serializers.Serializer[Any]):
    """Content of GET."""

    total = serializers.IntegerField()
    entries = AuditEntrySerializer(many=True)


class AuditFilter(django_filters.FilterSet):
    """Each may be left out; several are all applied. Times as the API shows them."""

    actor = django_filters.CharFilter(max_length=200)
    action = django_filters.ChoiceFilter(choices=AuditAction.choices)
    object = django_filters.CharFilter(lookup_expr="icontains", max_length=500, help_text="A part of the path.")
    outcome = django_filters.ChoiceFilter(choices=AuditOutcome.choices)
    since = MomentFilter("at", "gte", help_text="YYYY-MM-DD HH:MM:SS")
    until = MomentFilter("at", "lt", help_text="YYYY-MM-DD HH:MM:SS")


@extend_schema_view(
    list=extend_schema(
        operation_id="listAuditEntries",
        summary="Read the audit trail",
        responses=answers(
            "AuditList", AuditListSerializer, 400, example=("Audit trail fetched.", {"total": 1, "entries": [SHOWN]})
        ),
    )
)
@extend_schema(tags=["audit"])
class AuditViewSet(EnvelopeViewSet):
    """Every write and login, and those that were refused; newest first, for administrators only."""

    queryset = AuditEntry.objects.order_by("-id")
    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilter
    administrator_actions = frozenset({"list"})
    list_key = "entries"
    messages: ClassVar[dict[str, Any]] = {"list": _("Audit trail fetched.")}
