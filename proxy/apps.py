"""The Django app: its commands. The data plane itself knows no Django."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProxyConfig(AppConfig):
    """Carries the traffic."""

    name = "proxy"
    verbose_name = _("Proxy")
