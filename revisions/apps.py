"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RevisionsConfig(AppConfig):
    """Rows that say which configuration is the newest and how it came to be."""

    name = "revisions"
    verbose_name = _("Revisions")
    default_auto_field = "django.db.models.BigAutoField"
