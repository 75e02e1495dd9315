"""The rows of the demo: one service with two instances, three routes, an administrator, two tokens.

Planted once, in one revision, when the database holds neither services nor routes; never changed afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model

from permissions.models import Permission
from permissions.tokens import access_token
from proxy.demo.processes import free_ports
from revisions.change import change
from routing.models import Route
from routing.required import permissions_of_codes, require_permissions
from services.models import Service, ServiceInstance
from services.registration import register_instance

SERVICE = "demo"
INSTANCES = ("demo-blue", "demo-green")
PORTS = (9001, 9002)
PERMISSION = "report.read"
ADMINISTRATOR = "admin"
SUBJECT = "demo-user"
TOKEN_LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seed:
    """What the demo has to start and to say."""

    upstreams: tuple[tuple[str, int], ...]
    """Name and loopback port of each demo instance in the database; empty when the demo is not there."""
    administrator: str
    password: str = ""
    """Of the administrator, only when the account was made just now."""


def plant() -> Seed:
    """Seed an empty database; what is there otherwise."""
    if not (Service.objects.exists() or Route.objects.exists()):
        with change(actor="demo", reason="The demo's first rows"):
            _plant_rows()
    administrator, password = _administrator()
    return Seed(upstreams=_upstreams(), administrator=administrator, password=password)


def add_route(service: Service, path: str, *, permissions: Sequence[str] = (), **values: Any) -> Route:
    """A route of any method to the same path of the service, with these permissions. Raises `ValidationError`."""
    route = Route(service=service, path_pattern=path, target_url=path, **values)
    route.full_clean(exclude={"duplicate_key"})
    route.save()
    require_permissions(route, permissions_of_codes(permissions))
    return route


def demo_tokens() -> tuple[str, str]:
    """Two fresh access tokens of the demo's user: one with the permission, one without."""
    with_permission, without = (access_token(SUBJECT, held, lifetime=TOKEN_LIFETIME) for held in ([PERMISSION], []))
    return str(with_permission), str(without)


def _plant_rows() -> None:
    for name, port in zip(INSTANCES, free_ports(PORTS), strict=True):
        register_instance(SERVICE, instance_id=name, host="127.0.0.1", port=port, health_check_url="/health")
    Permission.objects.get_or_create(code=PERMISSION, defaults={"name": "Read reports", "resource_type": "report"})
    service = Service.objects.get(name=SERVICE)
    add_route(service, "/open/*", name="demo-open", requires_auth=False)
    add_route(service, "/private/*", name="demo-private")
    add_route(service, "/reports/*", name="demo-reports", permissions=[PERMISSION])


def _upstreams() -> tuple[tuple[str, int], ...]:
    rows = ServiceInstance.objects.filter(service__name=SERVICE, instance_id__in=INSTANCES, host="127.0.0.1")
    return tuple(rows.order_by("instance_id").values_list("instance_id", "port"))


def _administrator() -> tuple[str, str]:
    """Login of an administrator, and the password if the account had to be made."""
    users = get_user_model()
    existing = users.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if existing is not None:
        return existing.get_username(), ""
    password = secrets.token_urlsafe(15)
    users.objects.create_superuser(ADMINISTRATOR, password=password)
    return ADMINISTRATOR, password
