"""Filters of GET /admin/services and GET /admin/catalog/services."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from gateway_project.rest.filters import SearchFilter, TotalOrderingFilter, labelled
from services import observed
from services.models import InstanceStatus, Service, ServiceInstance


class InstanceFilter(django_filters.FilterSet):
    """`service_name` is required (G-203); `status` is what the traffic sees."""

    service_name = django_filters.CharFilter(field_name="service__name", required=True, max_length=100)
    search = SearchFilter("instance_id", "host")
    ordering = TotalOrderingFilter(fields=["registered_at", "updated_at", "instance_id", "weight", "priority"])
    status = django_filters.ChoiceFilter(choices=InstanceStatus.choices, method="having_status")

    class Meta:
        model = ServiceInstance
        fields = ["service_name", "search", "ordering", "status"]

    def having_status(self, rows: QuerySet[ServiceInstance], _name: str, status: str) -> QuerySet[ServiceInstance]:
        """Those of the service that the traffic sees so."""
        seen = observed.observe(rows)
        return rows.filter(pk__in=[pk for pk, one in seen.items() if one.status == status])


class ServiceFilter(django_filters.FilterSet):
    """Each may be left out; several are all applied."""

    search = SearchFilter("name")
    label = django_filters.CharFilter(method="having_label", max_length=400, help_text="`name` or `name=value`")
    owner = django_filters.CharFilter(field_name="owner__name", max_length=150)
    ordering = TotalOrderingFilter(fields=["name", "created_at", "updated_at"])

    class Meta:
        model = Service
        fields = ["search", "label", "owner", "ordering"]

    def having_label(self, rows: QuerySet[Service], _name: str, value: str) -> QuerySet[Service]:
        """Services that have the label, with this value if one is given."""
        return labelled(rows, value)
