"""The Django app of the project itself: its checks, its translations, its console."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import pre_migrate
from django.utils.translation import gettext_lazy as _


class GatewayProjectConfig(AppConfig):
    """Registers the system checks."""

    name = "gateway_project"
    verbose_name = _("API gateway")

    def ready(self) -> None:
        """Registers what the project brings."""
        from gateway_project import checks, openapi_extensions  # noqa: F401 - they register themselves
        from gateway_project.database import keep_private

        pre_migrate.connect(keep_private)
