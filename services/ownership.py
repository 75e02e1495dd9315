"""Whose a service is. A team is a group of Django's; the groups that come with the gateway are none."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

VIEWER = "viewer"
OPERATOR = "operator"
ADMINISTRATOR = "administrator"
SHIPPED_GROUPS = (VIEWER, OPERATOR, ADMINISTRATOR)
"""What their members may do with the services of their teams, and with everything."""


def check_is_team(primary_key: int) -> None:
    """Raises `ValidationError` for a group that says what its members may do, not who they are."""
    from django.contrib.auth.models import Group

    if Group.objects.filter(pk=primary_key, name__in=SHIPPED_GROUPS).exists():
        raise ValidationError(_("This group is a role, not a team: choose, or make, another one."))
