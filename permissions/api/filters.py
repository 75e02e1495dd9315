"""Query parameters of the lists of this app."""

from __future__ import annotations

import django_filters

from gateway_project.rest.filters import BooleanTextFilter, ExpiredFilter, SearchFilter


class PermissionFilter(django_filters.FilterSet):
    """By text."""

    search = SearchFilter("code", "name", "description", "resource_type")


class ConsumerFilter(django_filters.FilterSet):
    """By text, and whether they count."""

    search = SearchFilter("name", "description", "jwt_subject")
    is_active = BooleanTextFilter()


class CredentialFilter(django_filters.FilterSet):
    """By name or what a credential is recognised by, and whether they count."""

    search = SearchFilter("name", "identifier")
    is_active = BooleanTextFilter()


class RoleFilter(django_filters.FilterSet):
    """By text."""

    search = SearchFilter("name", "description")


class GrantFilter(django_filters.FilterSet):
    """By the names of both ends, exactly."""

    permission = django_filters.CharFilter("permission__code", max_length=100)
    user = django_filters.CharFilter(max_length=255)
    role = django_filters.CharFilter("role__name", max_length=100)
    consumer = django_filters.CharFilter("consumer__name", max_length=100)
    expired = ExpiredFilter()


class IssuerFilter(django_filters.FilterSet):
    """By text, by the exact iss, and whether they count."""

    search = SearchFilter("name", "issuer", "audience")
    issuer = django_filters.CharFilter(max_length=255)
    is_active = BooleanTextFilter()


class RevocationFilter(django_filters.FilterSet):
    """By text, exactly by token or who revoked it, and whether the token has run out by itself."""

    search = SearchFilter("jti", "revoked_by", "reason")
    jti = django_filters.CharFilter(max_length=255)
    revoked_by = django_filters.CharFilter(max_length=255)
    expired = ExpiredFilter()


class ApiTokenFilter(django_filters.FilterSet):
    """By text, and by whose they are."""

    search = SearchFilter("name", "identifier")
    user = django_filters.CharFilter("user__username", max_length=150)
