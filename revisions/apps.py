"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from gateway_project.rest import access
from revisions.visibility import items_of_teams, revisions_of_teams


class RevisionsConfig(AppConfig):
    """Rows that say which configuration is the newest and how it came to be."""

    name = "revisions"
    verbose_name = _("Revisions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Adds what callers may see of the history to the rules of the teams."""
        access.RULES["revisions.RevisionItem"] = items_of_teams
        access.RULES["revisions.Revision"] = revisions_of_teams
