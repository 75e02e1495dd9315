"""Filters of GET /admin/routes (G-120)."""

from __future__ import annotations

import django_filters

from gateway_project.rest.filters import BooleanTextFilter, SearchFilter, TotalOrderingFilter, labelled
from routing.models import Route, RouteQuerySet


class RouteFilter(django_filters.FilterSet):
    """Each may be left out; several are all applied."""

    service_name = django_filters.CharFilter(field_name="service__name", max_length=100)
    is_active = BooleanTextFilter(field_name="is_active")
    search = SearchFilter("name", "description", "service__name", "path_pattern", "target_url")
    method = django_filters.CharFilter(method="filter_method", max_length=20)
    path = django_filters.CharFilter(field_name="path_pattern", lookup_expr="startswith", max_length=500)
    host = django_filters.CharFilter(method="filter_host", max_length=255)
    label = django_filters.CharFilter(method="filter_label", max_length=400, help_text="`name` or `name=value`")
    ordering = TotalOrderingFilter(
        fields=[
            ("priority", "priority"),
            ("created_at", "created_at"),
            ("updated_at", "updated_at"),
            ("path_pattern", "path_pattern"),
            ("service__name", "service_name"),
        ]
    )

    class Meta:
        model = Route
        fields = ["service_name", "is_active", "search", "method", "path", "host", "label", "ordering"]

    def filter_method(self, queryset: RouteQuerySet, name: str, value: str) -> RouteQuerySet:
        """Routes that name this method; ANY finds those that name none."""
        if value.upper() == "ANY":
            return queryset.filter(methods=[])
        return queryset.filter(methods__icontains=f'"{value}"')

    def filter_host(self, queryset: RouteQuerySet, name: str, value: str) -> RouteQuerySet:
        """Routes that name this host, as it is written in them."""
        return queryset.filter(hosts__icontains=f'"{value}"')

    def filter_label(self, queryset: RouteQuerySet, name: str, value: str) -> RouteQuerySet:
        """Routes that have the label, with this value if one is given."""
        return labelled(queryset, value)
