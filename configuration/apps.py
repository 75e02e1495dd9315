"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigurationConfig(AppConfig):
    """Change sets, batches, files: what reads or writes more than one kind of row."""

    name = "configuration"
    verbose_name = _("Configuration")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tells the app of revisions who can say what a change would do."""
        from configuration.effects import foresee
        from revisions import rehearsal

        rehearsal.register(foresee)
