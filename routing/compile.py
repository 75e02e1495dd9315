"""Rows to specs: two queries however many routes there are."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from routing.models import GlobalPlugin, Route, RoutePermission
from routing.problems import problem_of as compile_problem
from routing.spec import ConditionSpec, RewriteSpec, RouteSpec
from routing.stored_rows import StoredRow, StoredService, stored_rows
from services.models import Service
from services.spec import InstanceSpec, ServiceSpec

TARGET_NAMESPACE = uuid.UUID("b3d0c0de-6a7e-4f5c-8f52-2d1f6f1f8a10")
"""Ids of the services made of absolute targets are derived in it: the same from compile to compile."""

CHUNK = 500
"""Ids a query may name: SQLite takes 999 values."""

DEFAULT_PORTS = {"http": 80, "https": 443}


def live_routes() -> QuerySet[Route]:
    """The rows traffic can meet: neither deleted nor switched off."""
    return Route.objects.live().whole().filter(is_active=True).order_by("created_at", "id")


def route_specs(ids: Collection[str] | None = None) -> tuple[RouteSpec, ...]:
    """A spec for every live route, or those of `ids`; one whose row breaks a rule carries the reason (G-504)."""
    if ids is not None:
        return tuple(_checked(row) for row in live_routes().filter(pk__in=ids))
    specs = _sound_specs()
    doubtful = [str(route_id) for route_id, spec in specs.items() if spec is None]
    for start in range(0, len(doubtful), CHUNK):
        specs.update((uuid.UUID(spec.id), spec) for spec in route_specs(doubtful[start : start + CHUNK]))
    return tuple(spec for spec in specs.values() if spec is not None)


def _sound_specs() -> dict[uuid.UUID, RouteSpec | None]:
    """Of every live route by id, in order; None where a rule has something against the row."""
    live = Route.objects.live().filter(is_active=True).order_by("created_at", "id")
    codes = _permission_codes()
    return {row.route.id: _sound(row, codes.get(row.route.id, ())) for row in stored_rows(live)}


def _permission_codes() -> dict[uuid.UUID, list[str]]:
    """Codes of the permissions that live routes ask for, by route, in order."""
    pairs = RoutePermission.objects.filter(route__deleted_at=None, route__is_active=True)
    codes: dict[uuid.UUID, list[str]] = {}
    for route_id, code in pairs.order_by().values_list("route_id", "permission__code").iterator(CHUNK):
        codes.setdefault(route_id, []).append(code)
    return {route_id: sorted(found) for route_id, found in codes.items()}


def _sound(row: StoredRow, codes: Collection[str]) -> RouteSpec | None:
    if not row.is_sound:
        return None
    try:
        row.route.clean()
    except ValidationError:
        return None
    spec = _route(row.route, row.service, tuple(codes))
    return None if compile_problem(spec) else spec


def inactive_specs() -> tuple[RouteSpec, ...]:
    """A spec for every route that is switched off: no traffic, but something to explain (G-410)."""
    rows = Route.objects.live().whole().filter(is_active=False).order_by("created_at", "id")
    return tuple(_checked(row) for row in rows)


def target_service_specs() -> tuple[ServiceSpec, ...]:
    """The services that absolute targets stand for: one instance each, the host of the URL (G-106)."""
    targets = Route.objects.live().filter(is_active=True).exclude(target_url__startswith="/")
    origins = sorted({origin_of(target) for target in targets.values_list("target_url", flat=True)})
    return tuple(_target_service(origin) for origin in origins)


def global_plugins() -> dict[str, Any]:
    """Name → configuration of the plugins bound to everything."""
    return dict(GlobalPlugin.objects.order_by("name").values_list("name", "config"))


def origin_of(target: str) -> str:
    """`scheme://host:port` of an absolute target."""
    parts = urlsplit(target)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or DEFAULT_PORTS[parts.scheme]}"


def _target_service(origin: str) -> ServiceSpec:
    parts = urlsplit(origin)
    identity = str(uuid.uuid5(TARGET_NAMESPACE, origin))
    instance = InstanceSpec(
        id=identity,
        instance_id=origin,
        scheme=parts.scheme,  # type: ignore[arg-type]
        host=parts.hostname or "",
        port=parts.port or 0,
    )
    return ServiceSpec(id=identity, name=origin, instances=(instance,))


def problem_of(row: Route) -> str:
    """Why a row cannot be served as it stands; empty for a good one. Settings may have changed since it was stored."""
    try:
        row.clean_fields(exclude={"service"})
        row.clean()
    except ValidationError as error:
        return "; ".join(error.messages)[:500]
    return ""


def _checked(row: Route) -> RouteSpec:
    """The spec of a row, with what the rules or the data plane's own compiler have against it."""
    problem = problem_of(row)
    if problem:
        return _broken(row, problem)
    spec = _route(row, row.service, tuple(row.permission_codes))
    return replace(spec, problem=compile_problem(spec))


def _conditions(stored: list[dict[str, str]], *, lower: bool = False) -> tuple[ConditionSpec, ...]:
    if not stored and isinstance(stored, list):
        return ()
    return tuple(
        ConditionSpec(
            name=one["name"].lower() if lower else one["name"],
            operator=one.get("operator", "equals"),  # type: ignore[arg-type]
            value=one.get("value", ""),
        )
        for one in stored
    )


def _service_id(row: Route) -> str:
    """Of the service that answers: the row's own, or the one that stands for its absolute target."""
    if row.target_url.startswith("/"):
        return _text(row.service_id)
    return str(uuid.uuid5(TARGET_NAMESPACE, origin_of(row.target_url)))


@lru_cache(maxsize=1024)
def _text(identity: uuid.UUID) -> str:
    """One text for all routes of a service."""
    return str(identity)


def _target_path(row: Route) -> str:
    return row.target_url if row.target_url.startswith("/") else urlsplit(row.target_url).path or "/"


def _route(row: Route, service: Service | StoredService, codes: tuple[str, ...]) -> RouteSpec:
    return RouteSpec(
        id=str(row.pk),
        service_id=_service_id(row),
        service_name=service.name,
        path_pattern=row.path_pattern,
        target_url=_target_path(row),
        path_kind=row.kind,  # type: ignore[arg-type]
        methods=tuple(row.methods),
        name=row.name,
        version=row.version,
        hosts=tuple(row.hosts),
        priority=row.priority,
        created_at=row.created_at.timestamp(),
        header_conditions=_conditions(row.header_conditions, lower=True),
        query_conditions=_conditions(row.query_conditions),
        client_cidrs=tuple(row.client_cidrs),
        requires_auth=row.requires_auth,
        required_permissions=codes,
        permission_check_strategy=row.permission_check_strategy,  # type: ignore[arg-type]
        rate_limit_rpm=row.rate_limit_rpm,
        timeout_seconds=float(row.timeout_seconds),
        retry_count=row.retry_count if service.retry_count is None else service.retry_count,
        circuit_breaker_enabled=row.circuit_breaker_enabled,
        cache_enabled=row.cache_enabled,
        cache_ttl_seconds=row.cache_ttl_seconds,
        load_balance_strategy=service.load_balance_strategy or row.load_balance_strategy,
        hash_key=service.hash_key if service.load_balance_strategy else row.hash_key,
        preserve_host=row.preserve_host,
        path_handling=row.path_handling,  # type: ignore[arg-type]
        strip_path=row.strip_path,
        rewrite=RewriteSpec(**row.rewrite) if row.rewrite else None,
        max_body_bytes=row.max_body_bytes,
        plugins=row.plugins,
    )


def matching_spec(row: Route) -> RouteSpec:
    """What decides which requests a row takes, which may not be stored yet; nothing of what it does with them.

    Raises `ValueError` where these columns are not of their shape.
    """
    try:
        return RouteSpec(
            id=str(row.pk),
            service_id="",
            service_name="",
            path_pattern=row.path_pattern,
            target_url="/",
            path_kind=row.kind,  # type: ignore[arg-type]
            methods=tuple(row.methods),
            hosts=tuple(host.lower() for host in row.hosts),
            priority=row.priority,
            created_at=(row.created_at or timezone.now()).timestamp(),
            header_conditions=_conditions(row.header_conditions, lower=True),
            query_conditions=_conditions(row.query_conditions),
            client_cidrs=tuple(row.client_cidrs),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not the shape of a route") from error


def _broken(row: Route, problem: str) -> RouteSpec:
    """Only what keeps the place: the path as far as it can be read, every method, and the reason."""
    readable = isinstance(row.hosts, list) and all(isinstance(host, str) for host in row.hosts)
    return RouteSpec(
        id=str(row.pk),
        service_id=str(row.service_id),
        service_name=row.service.name,
        path_pattern=row.path_pattern,
        target_url="/",
        path_kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        version=row.version,
        hosts=tuple(row.hosts) if readable else (),
        priority=row.priority,
        created_at=row.created_at.timestamp(),
        problem=problem,
    )
