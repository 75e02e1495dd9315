"""The Django app."""

from __future__ import annotations

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
        """Tells the others who can say what a change would do, and what is to be done at its time."""
        from configuration.effects import foresight_of
        from proxy.node.control import duties
        from revisions import rehearsal

        rehearsal.register(foresight_of)
        duties.register(duties.Duty("change-sets", PUBLISH_SECONDS, _publish_due))


def _publish_due() -> None:
    from configuration.changesets.scheduled import publish_due

    publish_due()
