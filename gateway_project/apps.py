"""The Django app of the project itself: its checks, its translations, its console."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GatewayProjectConfig(AppConfig):
    """Registers the system checks."""

    name = "gateway_project"
    verbose_name = _("API gateway")

    def ready(self) -> None:
        """Imports what registers itself."""
        from gateway_project import checks, openapi_extensions  # noqa: F401 - they register themselves
