"""Routes in the console."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from revisions.console import ConfigurationAdmin
from revisions.console_access import TeamTabularInline
from revisions.console_deleted import DeletedPages
from routing.console_actions import RouteActions
from routing.example import example_of
from routing.global_plugin_form import GlobalPluginForm
from routing.models import GlobalPlugin, Route, RoutePermission
from routing.path_search import path_search
from routing.route_form import RouteForm
from services.plugin_secrets import masked


class RoutePermissionInline(TeamTabularInline):
    """The permissions on their route's page."""

    model = RoutePermission
    extra = 0
    autocomplete_fields = ("permission",)


FIELDSETS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (None, {"fields": ("service", "path_pattern", "methods", "target_url", "is_active", "priority")}),
    (_("Access"), {"fields": ("requires_auth", "permission_check_strategy")}),
    (
        _("Further conditions"),
        {
            "classes": ("collapse",),
            "fields": (
                "hosts",
                "path_kind",
                "path_handling",
                "header_conditions",
                "query_conditions",
                "client_cidrs",
            ),
        },
    ),
    (
        _("Forwarding"),
        {
            "classes": ("collapse",),
            "fields": (
                "load_balance_strategy",
                "hash_key",
                "timeout_seconds",
                "retry_count",
                "max_body_bytes",
                "preserve_host",
                "strip_path",
                "rewrite",
            ),
        },
    ),
    (
        _("Limits and cache"),
        {
            "classes": ("collapse",),
            "fields": ("rate_limit_rpm", "circuit_breaker_enabled", "cache_enabled", "cache_ttl_seconds"),
        },
    ),
    (
        _("Plugins"),
        {
            "classes": ("collapse",),
            "description": _("They come before those of the service and the global ones."),
            "fields": ("plugins",),
        },
    ),
    (
        _("Notes"),
        {
            "classes": ("collapse",),
            "fields": ("name", "description", "version", "labels", "id", "created_at", "updated_at"),
        },
    ),
)
"""What nearly every route needs first; the rest is folded up, and opens by itself where something is wrong in it."""


def _masked(fields: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple("plugins_shown" if name == "plugins" else name for name in fields)


@admin.register(Route)
class RouteAdmin(RouteActions, DeletedPages, ConfigurationAdmin):
    """The routing table. Deleting marks a route as the API does."""

    form = RouteForm
    list_display = ("shown", "method", "target_url", "service", "priority", "requires_auth", "is_active", "updated_at")
    list_filter = ("is_active", "requires_auth", "service", "load_balance_strategy")
    list_select_related = ("service",)
    search_fields = ("name", "description", "path_pattern", "target_url", "service__name")
    autocomplete_fields = ("service",)
    readonly_fields = ("id", "created_at", "updated_at")
    inlines = (RoutePermissionInline,)
    save_as = True
    fieldsets = FIELDSETS
    actions_list = ("find", "deleted")
    actions_detail = ("explain", "send")
    list_before_template = "admin/routes/search.html"
    search_help_text = _("Text, or a request: GET /users/7")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Who may not change them is shown plugins without their secrets."""
        shown = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return list(shown)
        return [(title, {**rest, "fields": _masked(rest["fields"])}) for title, rest in shown]

    @admin.display(description=_("plugins"))
    def plugins_shown(self, row: Route) -> str:
        """Without what is secret in them."""
        return format_html("<pre>{}</pre>", json.dumps(masked(row.plugins), ensure_ascii=False, indent=2))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form; that of a copy keeps the secrets of the route it is copied from."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        original = self._copied(request) if obj is None else None
        return form if original is None else type(form.__name__, (form,), {"stands_for": original.plugins})

    def _copied(self, request: HttpRequest) -> Any:
        """The route that *Save as new* is pressed on, where its secrets are the person's to see."""
        found = request.resolver_match
        identity = found.kwargs.get("object_id") if found is not None and "_saveasnew" in request.POST else None
        original = self.get_object(request, identity) if identity else None
        return original if original is not None and self.has_change_permission(request, original) else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Route]:
        """Live routes only."""
        found: QuerySet[Route] = super().get_queryset(request).filter(deleted_at=None)
        return found

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Route], search_term: str) -> Any:
        """Of a request its path is looked for; which route takes it, the page says above the list."""
        asked = path_search(search_term)
        return super().get_search_results(request, queryset, asked.path if asked else search_term)

    @display(description=_("path pattern"), ordering="path_pattern", header=True)
    def shown(self, row: Route) -> tuple[str, str]:
        """The pattern, and below it the name."""
        return row.path_pattern, row.name

    @admin.display(description=_("methods"))
    def method(self, row: Route) -> str:
        """As the API shows it."""
        return row.method

    @action(description=_("Find the route of a path"), url_path="find", icon="troubleshoot")
    def find(self, request: HttpRequest) -> HttpResponse:
        """To the page that tells which route takes a request."""
        return HttpResponseRedirect(reverse("answers:explain"))

    @action(description=_("Explain a request to it"), url_path="explain", icon="troubleshoot")
    def explain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that explains, with a request that the route would take."""
        route = self.get_object(request, object_id)
        if route is None or not self.has_view_permission(request, route):
            raise Http404
        return HttpResponseRedirect(f"{reverse('answers:explain')}?{urlencode(example_of(route))}")

    @action(description=_("Send a test request"), url_path="send", icon="send", permissions=["send"])
    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that sends one through the gateway."""
        return HttpResponseRedirect(reverse("answers:send", args=[object_id]))

    def has_send_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may change the route may try it."""
        row = self.get_object(request, object_id) if object_id else None
        return row is not None and self.has_change_permission(request, row)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Marks one."""
        obj.mark_deleted()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Route]) -> None:
        """Marks several."""
        queryset.update(deleted_at=timezone.now())


@admin.register(GlobalPlugin)
class GlobalPluginAdmin(ConfigurationAdmin):
    """Plugins bound to everything."""

    form = GlobalPluginForm
    list_display = ("name", "config_shown", "updated_at")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "config")}),
        (_("Record"), {"classes": ("collapse",), "fields": ("created_at", "updated_at")}),
    )

    @admin.display(description=_("configuration"))
    def config_shown(self, row: GlobalPlugin) -> str:
        """Without what is secret in it."""
        return json.dumps(masked({row.name: row.config})[row.name], ensure_ascii=False)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Which plugin it is stays once it is stored."""
        return ("name", *self.readonly_fields) if obj is not None else self.readonly_fields
