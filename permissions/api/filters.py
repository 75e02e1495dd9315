"""Query parameters of the lists of this app."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from gateway_project.rest.filters import BooleanTextFilter
from permissions.models import Consumer, Credential, Grant, Permission, Role, TokenIssuer


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


class RoleFilter(django_filters.FilterSet):
    """`search` looks in name and description."""

    search = django_filters.CharFilter(method="filter_search", max_length=200)

    class Meta:
        model = Role
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet[Role], _name: str, value: str) -> QuerySet[Role]:
        """Rows that hold the text anywhere, whatever its letter case."""
        return queryset.filter(Q(name__icontains=value) | Q(description__icontains=value))


class GrantFilter(django_filters.FilterSet):
    """By names, exactly; `expired` tells those that count no more from those that do."""

    permission = django_filters.CharFilter("permission__code", max_length=100)
    user = django_filters.CharFilter(max_length=255)
    role = django_filters.CharFilter("role__name", max_length=100)
    consumer = django_filters.CharFilter("consumer__name", max_length=100)
    expired = BooleanTextFilter(method="filter_expired")

    class Meta:
        model = Grant
        fields: tuple[str, ...] = ()

    def filter_expired(self, queryset: QuerySet[Grant], _name: str, value: bool) -> QuerySet[Grant]:
        """Rows whose end has, or has not, come."""
        has_ended = Q(expires_at__lte=timezone.now())
        return queryset.filter(has_ended) if value else queryset.exclude(has_ended)


class IssuerFilter(django_filters.FilterSet):
    """`search` looks in name, issuer and audience."""

    search = django_filters.CharFilter(method="filter_search", max_length=200)
    issuer = django_filters.CharFilter(max_length=255)
    is_active = BooleanTextFilter()

    class Meta:
        model = TokenIssuer
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet[TokenIssuer], _name: str, value: str) -> QuerySet[TokenIssuer]:
        """Rows that hold the text anywhere, whatever its letter case."""
        wanted = Q(name__icontains=value) | Q(issuer__icontains=value) | Q(audience__icontains=value)
        return queryset.filter(wanted)
