"""Services and their instances in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from gateway_project.rest import access
from revisions.console import ConfigurationAdmin
from revisions.console_access import TeamTabularInline
from revisions.console_deleted import DeletedPages
from services import observed
from services.console_labels import LabelActions
from services.console_state import service_state
from services.models import InstanceStatus, Service, ServiceInstance
from services.plugin_forms.bound import PluginsForm


class ServiceInstanceInline(TeamTabularInline):
    """The instances on their service's page."""

    model = ServiceInstance
    extra = 0
    fields = (
        "instance_id",
        "protocol",
        "host",
        "port",
        "weight",
        "priority",
        "status",
    )
    show_change_link = True


@admin.register(Service)
class ServiceAdmin(LabelActions, DeletedPages, ConfigurationAdmin):
    """A service with its instances."""

    form = PluginsForm
    actions_detail = ("routes",)
    list_display = ("name", "instance_count", "health", "created_at", "updated_at")
    search_fields = ("name", "instances__instance_id", "instances__host")
    readonly_fields = ("created_at", "updated_at")
    autocomplete_fields = ("owner",)
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "owner", "connect_timeout_seconds", "answer_timeout_seconds")}),
        (
            _("Choosing an instance"),
            {
                "classes": ("collapse",),
                "description": _("For every route of the service, in place of what it says itself."),
                "fields": ("load_balance_strategy", "hash_key", "retry_count"),
            },
        ),
        (
            _("Rate limits"),
            {
                "classes": ("collapse",),
                "description": _("For all requests to the service together, beside the limits of its routes."),
                "fields": ("rate_limit_rpm", "limiter_rate", "limiter_peak"),
            },
        ),
        (
            _("TLS towards the instances"),
            {
                "classes": ("collapse",),
                "description": _("For instances whose protocol is https."),
                "fields": ("verify_tls", "tls_server_name", "tls_ca_pem"),
            },
        ),
        (
            _("Plugins"),
            {
                "classes": ("collapse",),
                "description": _("For every route of the service that does not say otherwise."),
                "fields": ("plugins",),
            },
        ),
        (
            _("Health"),
            {
                "classes": ("collapse",),
                "description": _(
                    "Instances with a health check path are asked at their interval; those whose requests fail are "
                    "ejected for a while."
                ),
                "fields": (
                    "health_timeout_seconds",
                    "health_healthy_after",
                    "health_unhealthy_after",
                    "eject_after",
                    "eject_seconds",
                    "max_ejected_percent",
                ),
            },
        ),
        (
            _("Slow start"),
            {
                "classes": ("collapse",),
                "description": _("How long the share of a new or recovered instance grows to its weight; 0: at once."),
                "fields": ("slow_start_seconds",),
            },
        ),
        (
            _("Circuit breaker"),
            {
                "classes": ("collapse",),
                "description": _("For the service and each instance, on routes that have it switched on."),
                "fields": (
                    "breaker_max_failures",
                    "breaker_interval_seconds",
                    "breaker_open_seconds",
                    "breaker_half_open_requests",
                    "breaker_error_rate",
                    "breaker_min_requests",
                ),
            },
        ),
        (_("Record"), {"classes": ("collapse",), "fields": ("created_at", "updated_at")}),
    )
    inlines = (ServiceInstanceInline,)
    change_form_outer_before_template = "admin/live/instances.html"
    actions_list = ("deleted",)

    @action(description=_("Its routes"), url_path="routes", icon="route")
    def routes(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the list of routes that lead to it."""
        service = self.get_object(request, object_id)
        if service is None or not self.has_view_permission(request, service):
            raise Http404
        query = urlencode({"service__id__exact": str(service.pk)})
        return HttpResponseRedirect(f"{reverse('admin:routing_route_changelist')}?{query}")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """With what the traffic does with it at this moment."""
        service = kwargs.get("obj")
        if service is not None:
            context["service_state"] = service_state(request, service)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Its name and whose it is are an administrator's to change."""
        own = () if access.is_administrator(request.user) else ("name", "owner")
        return (*own, *super().get_readonly_fields(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Plugins, whose values may be credentials, are for who may change them."""
        shown = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return list(shown)
        return [one for one in shown if "plugins" not in one[1]["fields"]]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators only, as to make one."""
        return bool(super().has_delete_permission(request, obj)) and access.is_administrator(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        """With the number of instances in the same query, and the instances in one more."""
        rows = super().get_queryset(request).annotate(instance_total=Count("instances"))
        return rows.prefetch_related("instances")

    @admin.display(description=_("instances"), ordering="instance_total")
    def instance_count(self, row: Service) -> int:
        """How many instances it has."""
        return row.instance_total  # type: ignore[attr-defined]

    @display(description=_("healthy"), label={"all": "success", "some": "warning", "none": "danger"})
    def health(self, row: Service) -> tuple[str, str] | str:
        """How many of them the traffic sees as healthy, in the colour of what it means."""
        seen = observed.observe(row.instances.all())
        if not seen:
            return "–"
        healthy = sum(one.status == InstanceStatus.HEALTHY for one in seen.values())
        return "all" if healthy == len(seen) else "some" if healthy else "none", f"{healthy} / {len(seen)}"


@admin.register(ServiceInstance)
class ServiceInstanceAdmin(ConfigurationAdmin):
    """All instances in one list."""

    list_display = ("instance_id", "service", "endpoint", "weight", "condition", "last_health_check", "registered_at")
    list_filter = ("status", "protocol", "service")
    list_select_related = ("service",)
    search_fields = ("instance_id", "host", "service__name")
    autocomplete_fields = ("service",)
    readonly_fields = ("last_health_check", "lease_seconds", "lease_expires_at", "registered_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("service", "instance_id", "protocol", "host", "port", "weight", "priority", "status")}),
        (
            _("Health check"),
            {
                "classes": ("collapse",),
                "description": _("A path that answers 200 to 399. Whatever the checks find, draining stays draining."),
                "fields": ("health_check_url", "health_check_interval_seconds", "last_health_check"),
            },
        ),
        (
            _("Lease"),
            {
                "classes": ("collapse",),
                "description": _("For instances that registered themselves with ttl_seconds and send heartbeats."),
                "fields": ("lease_seconds", "lease_expires_at"),
            },
        ),
        (_("Record"), {"classes": ("collapse",), "fields": ("metadata", "registered_at", "updated_at")}),
    )

    @admin.display(description=_("address"))
    def endpoint(self, row: ServiceInstance) -> str:
        """As the API shows it."""
        return row.endpoint

    @display(
        description=_("status"),
        ordering="status",
        label={
            InstanceStatus.HEALTHY: "success",
            InstanceStatus.DRAINING: "warning",
            InstanceStatus.UNHEALTHY: "danger",
        },
    )
    def condition(self, row: ServiceInstance) -> tuple[str, str]:
        """What the traffic sees, in the colour of what it means."""
        status = InstanceStatus(observed.observe([row])[row.pk].status)
        return status, str(status.label)
