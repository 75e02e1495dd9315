"""Services and their instances in the console."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from revisions.console import ConfigurationAdmin
from services.models import Service, ServiceInstance


class ServiceInstanceInline(TabularInline):
    """The instances on their service's page."""

    model = ServiceInstance
    extra = 0
    fields = (
        "instance_id",
        "protocol",
        "host",
        "port",
        "weight",
        "status",
        "health_check_url",
        "health_check_interval_seconds",
    )
    show_change_link = True


@admin.register(Service)
class ServiceAdmin(ConfigurationAdmin):
    """A service with its instances."""

    list_display = ("name", "instance_count", "created_at", "updated_at")
    search_fields = ("name", "instances__instance_id", "instances__host")
    readonly_fields = ("created_at", "updated_at")
    inlines = (ServiceInstanceInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        """With the number of instances, in the same query."""
        return super().get_queryset(request).annotate(instance_total=Count("instances"))

    @admin.display(description=_("instances"), ordering="instance_total")
    def instance_count(self, row: Service) -> int:
        """How many instances it has."""
        return row.instance_total  # type: ignore[attr-defined]


@admin.register(ServiceInstance)
class ServiceInstanceAdmin(ConfigurationAdmin):
    """All instances in one list."""

    list_display = ("instance_id", "service", "endpoint", "weight", "status", "last_health_check", "registered_at")
    list_filter = ("status", "protocol", "service")
    list_select_related = ("service",)
    search_fields = ("instance_id", "host", "service__name")
    autocomplete_fields = ("service",)
    readonly_fields = ("last_health_check", "registered_at", "updated_at")
