"""The Django app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

PUBLISH_SECONDS = 1.0
"""How often a node looks for change sets whose time has come."""


class ConfigurationConfig(AppConfig):
    """Change sets, batches, files: what reads or writes more than one kind of row."""

    name = "configuration"
    verbose_name = _("Configuration")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tells the others who foresees, forbids and keeps changes, and what is to be done at its time."""
        from configuration.effects import foresight_of
        from proxy.node.control import duties
        from revisions import drafts, guards, rehearsal

        rehearsal.register(foresight_of)
        drafts.register(_keeper)
        guards.register(_guard_of)
        duties.register(duties.Duty("change-sets", PUBLISH_SECONDS, _publish_due))


def _guard_of(caller: Any) -> Any:
    """None for whoever changes no route, or any: the data plane's code, which the guard asks, is read for no other."""
    from gateway_project.rest import access
    from gateway_project.rest.errors import Forbidden
    from routing.models import Route

    if access.is_administrator(caller):
        return None
    try:
        access.require_create(caller, Route)
    except Forbidden:
        return None
    from configuration.held_paths import HeldPaths

    return HeldPaths(caller)


def _keeper() -> Any:
    from configuration.console.keeper import Keeper

    return Keeper()


def _publish_due() -> None:
    from configuration.changesets.scheduled import publish_due

    publish_due()
