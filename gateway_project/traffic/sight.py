"""Whose traffic somebody may watch. It names users and addresses, so less is shown of it than of the configuration."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib.auth import get_user
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.settings import api_settings

from gateway_project.rest import access
from gateway_project.rest.errors import Forbidden
from services.models import Service

NO_TEAM = _("Insufficient permissions: administrators, and teams for their own services.")


def services_watched(caller: Any) -> frozenset[str] | None:
    """Names of the services of the caller's teams; None, which is all traffic, for administrators.

    Raises `Forbidden` for who has none. What belongs to nobody is for administrators, unlike its configuration.
    """
    if access.is_administrator(caller):
        return None
    names = access.visible(caller, Service.objects.exclude(owner=None)).values_list("name", flat=True)
    if not names:
        raise Forbidden(NO_TEAM)
    return frozenset(names)


def watched_now(request: Request) -> frozenset[str] | None:
    """As `services_watched`, for whoever the token or the session of a request stands for at this moment.

    Raises `Forbidden`, and what an authentication that is no longer good raises.
    """
    plain = copy(request._request)
    plain.session = type(plain.session)(plain.session.session_key)  # read anew
    plain.user = get_user(plain)
    kinds: list[Any] = list(api_settings.DEFAULT_AUTHENTICATION_CLASSES)
    caller = Request(plain, authenticators=[kind() for kind in kinds]).user
    if not (caller.is_authenticated and caller.is_active):
        raise NotAuthenticated
    return services_watched(caller)
