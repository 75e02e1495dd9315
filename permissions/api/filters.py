"""Query parameters of the lists of this app."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from gateway_project.rest.filters import BooleanTextFilter
from permissions.models import Consumer, Credential, Permission


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


class ConsumerFilter(django_filters.FilterSet):
    """`search` looks in name, description and subject."""

    search = django_filters.CharFilter(method="filter_search", max_length=200)
    is_active = BooleanTextFilter()

    class Meta:
        model = Consumer
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet[Consumer], _name: str, value: str) -> QuerySet[Consumer]:
        """Rows that hold the text anywhere, whatever its letter case."""
        wanted = Q(name__icontains=value) | Q(description__icontains=value) | Q(jwt_subject__icontains=value)
        return queryset.filter(wanted)


class CredentialFilter(django_filters.FilterSet):
    """`search` looks in the name and in what a credential is recognised by."""

    search = django_filters.CharFilter(method="filter_search", max_length=200)
    is_active = BooleanTextFilter()

    class Meta:
        model = Credential
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet[Credential], _name: str, value: str) -> QuerySet[Credential]:
        """Rows that hold the text anywhere, whatever its letter case."""
        return queryset.filter(Q(name__icontains=value) | Q(identifier__icontains=value))
