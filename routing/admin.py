"""Routes in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from revisions.console import ConfigurationAdmin
from routing.models import Route, RoutePermission


class RoutePermissionInline(TabularInline):
    """The permissions on their route's page."""

    model = RoutePermission
    extra = 0


@admin.register(Route)
class RouteAdmin(ConfigurationAdmin):
    """The routing table. Deleting marks a route as the API does."""

    list_display = ("__str__", "service", "path_pattern", "method", "target_url", "priority", "is_active", "updated_at")
    list_filter = ("is_active", "requires_auth", "service", "load_balance_strategy")
    list_select_related = ("service",)
    search_fields = ("name", "description", "path_pattern", "target_url", "service__name")
    autocomplete_fields = ("service",)
    readonly_fields = ("id", "created_at", "updated_at")
    inlines = (RoutePermissionInline,)
    save_as = True
    fieldsets = (
        (None, {"fields": ("service", "name", "description", "version", "is_active", "priority", "labels")}),
        (
            _("Request"),
            {
                "fields": (
                    "path_pattern",
                    "path_kind",
                    "path_handling",
                    "methods",
                    "hosts",
                    "header_conditions",
                    "query_conditions",
                    "client_cidrs",
                )
            },
        ),
        (
            _("Upstream"),
            {
                "fields": (
                    "target_url",
                    "strip_path",
                    "rewrite",
                    "preserve_host",
                    "load_balance_strategy",
                    "timeout_seconds",
                    "retry_count",
                    "max_body_bytes",
                )
            },
        ),
        (
            _("Policies"),
            {
                "fields": (
                    "requires_auth",
                    "permission_check_strategy",
                    "rate_limit_rpm",
                    "circuit_breaker_enabled",
                    "cache_enabled",
                    "cache_ttl_seconds",
                    "plugins",
                )
            },
        ),
        (_("Record"), {"fields": ("id", "created_at", "updated_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Route]:
        """Live routes only."""
        found: QuerySet[Route] = super().get_queryset(request).filter(deleted_at=None)
        return found

    @admin.display(description=_("methods"))
    def method(self, row: Route) -> str:
        """As the API shows it."""
        return row.method

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Marks one."""
        obj.deleted_at = timezone.now()
        obj.save(update_fields=["deleted_at", "updated_at"])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Route]) -> None:
        """Marks several."""
        queryset.update(deleted_at=timezone.now())
