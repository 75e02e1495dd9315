"""Query parameters of the lists of this app."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from permissions.models import Permission


class PermissionFilter(django_filters.FilterSet):
    """`search` looks in code, name, description and resource type."""

    search = django_filters.CharFilter(method="filter_search", max_length=200)

    class Meta:
        model = Permission
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet[Permission], _name: str, value: str) -> QuerySet[Permission]:
        """Rows that hold the text anywhere, whatever its letter case."""
        wanted = Q()
        for column in ("code", "name", "description", "resource_type"):
            wanted |= Q(**{f"{column}__icontains": value})
        return queryset.filter(wanted)
