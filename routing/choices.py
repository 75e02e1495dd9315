"""The closed sets of values a route's fields take."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

SINGLE_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "ANY")
"""What `method` takes (G-100); `methods` takes others too."""


class PathKind(models.TextChoices):
    """How a pattern is compared with a path."""

    EXACT = "exact", _("exact")
    PREFIX = "prefix", _("prefix")
    PATTERN = "pattern", _("pattern")
    REGEX = "regex", _("regular expression")


class PathHandling(models.TextChoices):
    """What happens to an ambiguous path (G-305)."""

    REFUSE = "refuse", _("refuse")
    NORMALISE = "normalise", _("normalise")
    KEEP_ENCODED = "keep_encoded", _("keep encoded")


class PermissionStrategy(models.TextChoices):
    """Whether one required permission is enough."""

    ANY = "any", _("any")
    ALL = "all", _("all")
