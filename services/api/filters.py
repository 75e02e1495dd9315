"""Filters of GET /admin/services."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from services import observed
from services.models import InstanceStatus, ServiceInstance


class InstanceFilter(django_filters.FilterSet):
    """`service_name` is required (G-203); `status` is what the traffic sees."""

    service_name = django_filters.CharFilter(field_name="service__name", required=True, max_length=100)
    status = django_filters.ChoiceFilter(choices=InstanceStatus.choices, method="having_status")

    class Meta:
        model = ServiceInstance
        fields = ["service_name", "status"]

    def having_status(self, rows: QuerySet[ServiceInstance], _name: str, status: str) -> QuerySet[ServiceInstance]:
        """Those of the service that the traffic sees so."""
        seen = observed.observe(rows)
        return rows.filter(pk__in=[pk for pk, one in seen.items() if one.status == status])
