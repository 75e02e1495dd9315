"""Functions that make rows; each takes what a test cares about and fills in the rest."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps

from proxy.metering.hours import HOUR_SECONDS
from routing.models import Route
from routing.required import permissions_of_codes, require_permissions
from services.models import Service, ServiceInstance

_numbers = itertools.count(1)

ROUTE_BODY = {
    "service_name": "user-service",
    "path_pattern": "/api/v1/users/*",
    "target_url": "/users/*",
    "method": "GET",
}
"""The smallest body POST /admin/routes takes."""

INSTANCE_BODY = {
    "service_name": "user-service",
    "instance_id": "user-service-001",
    "host": "192.168.1.100",
    "port": 3001,
}
"""The smallest body POST /admin/services takes."""


def make_service(name: str | None = None, **values: Any) -> Service:
    """A service; one of the same name is used again."""
    return Service.objects.get_or_create(name=name or f"service-{next(_numbers)}", defaults=values)[0]


def make_instance(service: Service | str | None = None, **values: Any) -> ServiceInstance:
    """An instance, of a new service if none is given."""
    owner = service if isinstance(service, Service) else make_service(service)
    number = next(_numbers)
    defaults = {"instance_id": f"instance-{number}", "host": "127.0.0.1", "port": 3000 + number % 1000}
    instance = ServiceInstance(service=owner, **{**defaults, **values})
    instance.full_clean()
    instance.save()
    return instance


def make_permission(code: str = "user.read", **values: Any) -> Any:
    """A permission; one of the same code is used again."""
    model = apps.get_model("permissions", "Permission")
    return model.objects.get_or_create(code=code, defaults={"name": code, **values})[0]


def make_route(path_pattern: str | None = None, *, service: Service | str | None = None, **values: Any) -> Route:
    """A route; `required_permissions` is a list of codes, which are made if they are missing."""
    codes = values.pop("required_permissions", [])
    owner = service if isinstance(service, Service) else make_service(service)
    pattern = path_pattern or f"/things/{next(_numbers)}"
    route = Route(service=owner, path_pattern=pattern, **{"target_url": "/", "methods": ["GET"], **values})
    route.full_clean(exclude=["duplicate_key"])
    route.save()
    for code in codes:
        make_permission(code)
    require_permissions(route, permissions_of_codes(codes))
    return route


def make_hour(hours_ago: int = 0, service: str = "user-service", route: str = "users", **values: Any) -> Any:
    """What a route did in a past hour, all of it in 20 ms unless told otherwise."""
    from proxy.models import SUMS, RouteHour

    _leave_the_end_of_the_hour()
    begun = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours_ago)
    figures = {**dict.fromkeys(SUMS, 0), "bucket_04": values.get("requests", 0), **values}
    return RouteHour.objects.create(hour=begun, source="test", service=service, route=route, **figures)


def _leave_the_end_of_the_hour() -> None:
    """What is written now is asked for a moment later, and then the hour must still be the same."""
    left = HOUR_SECONDS - time.time() % HOUR_SECONDS
    if left < 10:
        time.sleep(left)
