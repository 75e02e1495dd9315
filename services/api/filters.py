"""Filters of GET /admin/services."""

from __future__ import annotations

import django_filters

from services.models import InstanceStatus, ServiceInstance


class InstanceFilter(django_filters.FilterSet):
    """`service_name` is required (G-203)."""

    service_name = django_filters.CharFilter(field_name="service__name", required=True, max_length=100)
    status = django_filters.ChoiceFilter(choices=InstanceStatus.choices)

    class Meta:
        model = ServiceInstance
        fields = ["service_name", "status"]
