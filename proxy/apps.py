"""The Django app: its commands. The data plane itself knows no Django."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from services.plugins import Plugin

PRUNE_SECONDS = 3600.0
"""How often a node keeps the history to its size."""


class ProxyConfig(AppConfig):
    """Carries the traffic."""

    name = "proxy"
    verbose_name = _("Proxy")

    def ready(self) -> None:
        """Tells the control plane which plugins there are, and a node what is to be done at its time."""
        from proxy.node.control import duties
        from revisions.retention import prune
        from services import plugins

        plugins.register(_plugins)
        duties.register(duties.Duty("history", PRUNE_SECONDS, prune, at_once=True))


def _plugins() -> dict[str, Plugin]:
    from proxy.pipeline import KNOWS_CALLER, STAGES  # the data plane, loaded when a configuration is judged
    from proxy.plugins import PLUGINS

    late = STAGES[KNOWS_CALLER:]
    return {
        name: Plugin(
            name,
            stage.SCHEMA,
            getattr(stage, "check", lambda config: None),
            getattr(stage, "services", lambda config: ()),
            serves_consumers=stage in late,
        )
        for name, stage in PLUGINS.items()
    }
