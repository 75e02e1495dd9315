"""The sidebar: every page under the heading somebody would look for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from configuration.console.keeper import may_keep
from gateway_project.console.live.page import may_open

Item = dict[str, Any]

CHANGE_SETS = "configuration.changeset"
"""Its page is opened by what a person is, as in the API, not by Django's permissions."""

GROUPS: tuple[tuple[Any, tuple[tuple[Any, str, str], ...]], ...] = (
    ("", ((_("Overview"), "monitoring", ""),)),
    (
        _("Traffic"),
        (
            (_("Live traffic"), "stream", "live:traffic"),
            (_("Topology"), "account_tree", "live:topology"),
            (_("Explain a request"), "troubleshoot", "answers:explain"),
            (_("Routes"), "route", "routing.route"),
            (_("Services"), "hub", "services.service"),
            (_("Service instances"), "dns", "services.serviceinstance"),
            (_("Global plugins"), "extension", "routing.globalplugin"),
        ),
    ),
    (
        _("Access"),
        (
            (_("Permissions"), "key", "permissions.permission"),
            (_("Roles"), "badge", "permissions.role"),
            (_("Grants"), "verified_user", "permissions.grant"),
            (_("Consumers"), "group", "permissions.consumer"),
            (_("Credentials"), "passkey", "permissions.credential"),
        ),
    ),
    (
        _("Tokens"),
        (
            (_("Token issuers"), "approval", "permissions.tokenissuer"),
            (_("Revoked tokens"), "block", "permissions.revokedtoken"),
            (_("API tokens"), "terminal", "permissions.apitoken"),
            (_("Failed logins"), "lock_clock", "permissions.loginfailures"),
        ),
    ),
    (
        _("Configuration"),
        (
            (_("Change sets"), "edit_note", "configuration.changeset"),
            (_("Import and export"), "import_export", "files:import"),
            (_("Revisions"), "history", "revisions.revision"),
            (_("Audit trail"), "policy", "permissions.auditentry"),
        ),
    ),
    (
        _("System"),
        (
            (_("Users"), "person", "auth.user"),
            (_("Groups"), "groups", "auth.group"),
        ),
    ),
)
"""Heading, and its pages: title, symbol, and model (`app.model`; empty for the first page) or, for a page of no model,
the name of its path (`live:traffic`)."""


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What unfold draws. A page the person may not open is left out, and so is a heading without pages."""
    groups: list[dict[str, Any]] = []
    for heading, pages in GROUPS:
        items = [_page(*page) for page in pages]
        groups.append({"title": heading, "items": items})
    groups[-1]["items"].append(_link(_("API description"), "api", reverse("swagger-ui")))
    return groups


def _page(title: Any, symbol: str, model: str) -> Item:
    if not model:
        return _link(title, symbol, reverse("admin:index"))
    if ":" in model:
        return _link(title, symbol, reverse(model)) | {"permission": may_open}
    if model == CHANGE_SETS:
        return _link(title, symbol, reverse("admin:configuration_changeset_changelist")) | {"permission": may_keep}
    app, name = model.split(".")
    item = _link(title, symbol, reverse(f"admin:{app}_{name}_changelist"))
    item["permission"] = _may_view(app, name)
    return item


def _link(title: Any, symbol: str, address: str) -> Item:
    return {"title": title, "icon": symbol, "link": address}


def _may_view(app: str, name: str) -> Callable[[HttpRequest], bool]:
    wanted = (f"{app}.view_{name}", f"{app}.change_{name}")
    return lambda request: any(request.user.has_perm(one) for one in wanted)
