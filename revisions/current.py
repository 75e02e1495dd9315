"""The number of the newest revision."""

from __future__ import annotations


def current_revision() -> int:
    """Reads it from the database; 0 before the first change. Raises Django's database errors."""
    from revisions.models import ConfigurationState

    found = ConfigurationState.objects.filter(pk=1).values_list("revision", flat=True).first()
    return found or 0
