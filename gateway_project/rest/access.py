"""Which permission class guards what, resolved late.

The classes live in the permissions app, above this one; settings name them by dotted path, so the apps below
can ask for "an administrator" without importing upwards.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.permissions import BasePermission


def administrator() -> BasePermission:
    """The check for writes of the configuration (G-011)."""
    return _resolved("GATEWAY_ADMINISTRATOR_PERMISSION")


def authenticated() -> BasePermission:
    """The check for what any access token may do (G-011)."""
    return _resolved("GATEWAY_AUTHENTICATED_PERMISSION")


def _resolved(setting: str) -> BasePermission:
    found: type[Any] = import_string(getattr(settings, setting))
    instance: BasePermission = found()
    return instance
