"""The console's form of a route: lists typed as lines, and a line of help where a field's name is not enough."""

from __future__ import annotations

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminNullBooleanSelectWidget

from revisions.console_fields import LinesField
from routing.models import Route
from services.plugin_forms.bound import PluginsForm

CONDITIONS = _('For example [{"name": "x-tier", "operator": "equals", "value": "gold"}]. All must hold.')


class StripPathWidget(UnfoldAdminNullBooleanSelectWidget):  # type: ignore[misc] # unfold has no types
    """The three ways a target and a path are put together, in words."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.choices = [
            ("unknown", _("fill the “*” of the target")),
            ("true", _("target, then the path without its matched prefix")),
            ("false", _("target, then the whole path")),
        ]


class RouteForm(PluginsForm):
    """What differs from the model's own fields; its rules are the model's."""

    methods = LinesField(
        label=capfirst(_("methods")), upper_case=True, help_text=_("One a line, such as GET. Empty: any method.")
    )
    hosts = LinesField(
        label=capfirst(_("hosts")), help_text=_("One a line: api.example.com or *.example.com. Empty: any host.")
    )
    client_cidrs = LinesField(
        label=capfirst(_("client networks")), help_text=_("One a line, such as 10.0.0.0/8. Empty: any address.")
    )

    class Meta:
        model = Route
        fields = (
            *("service", "path_pattern", "methods", "target_url", "is_active", "priority"),
            *("requires_auth", "permission_check_strategy"),
            *("hosts", "path_kind", "path_handling", "header_conditions", "query_conditions", "client_cidrs"),
            *("load_balance_strategy", "hash_key", "timeout_seconds", "retry_count", "max_body_bytes"),
            *("preserve_host", "strip_path", "rewrite"),
            *("rate_limit_rpm", "circuit_breaker_enabled", "cache_enabled", "cache_ttl_seconds"),
            "plugins",
            *("name", "description", "version", "labels"),
        )
        widgets = {"strip_path": StripPathWidget}
        help_texts = {
            "path_pattern": _("/users is that path, /users/* all below it, /users/*/orders any one segment there."),
            "target_url": _("Path at the service. Its “*” takes what the pattern's “*” stands for."),
            "cache_ttl_seconds": _("Seconds that a reply is fresh where its upstream does not say for how long."),
            "priority": _("Asked before all else: the higher wins. −1000 to 1000."),
            "path_kind": _("Left open: no “*” exact, one “*” at the end prefix, else pattern."),
            "path_handling": _("What to do with a path that holds .. // %2F or ; parameters."),
            "header_conditions": CONDITIONS,
            "query_conditions": CONDITIONS,
            "rewrite": _('A replacement in the path at the service: {"regex": "^/old", "replacement": "/new"}.'),
            "preserve_host": _("Send the client's Host on, instead of the instance's."),
            "hash_key": _("For “consistent hash”: user, address, header:NAME, cookie:NAME or query:NAME. Empty: user."),
            "timeout_seconds": _("For the whole call with its retries, 1 to 300."),
            "retry_count": _("Further attempts where repeating is safe, 0 to 10."),
            "max_body_bytes": _("Empty: the gateway's own limit."),
            "requires_auth": _("A valid token is demanded; a route with required permissions demands one in any case."),
            "permission_check_strategy": _("Whether one of the required permissions is enough, or all are needed."),
            "labels": _('For example {"team": "payments"}.'),
            "name": _("Stands for the route in this console and in the access log."),
        }
