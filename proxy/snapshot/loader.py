"""The one reader of the rows: everything the data plane needs, as of one moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from permissions.compile import consumer_specs, credential_specs, grant_specs, issuer_specs, revoked_token_specs
from permissions.models import Permission
from proxy.snapshot.configuration import Configuration
from revisions.consistent_read import consistent_read
from revisions.current import current_revision
from revisions.models import RevisionItem
from revisions.recorded import kind_of
from revisions.since import changed_since
from routing.compile import global_plugins, route_specs, target_service_specs
from routing.models import GlobalPlugin, Route, RoutePermission
from routing.spec import RouteSpec
from services.compile import service_specs
from services.models import Service, ServiceInstance
from services.spec import ServiceSpec


def load_configuration() -> Configuration:
    """The configuration of the revision now in force.

    Raises `django.db.Error` when the database cannot be read.
    """
    return ConfigurationReader().load()


class ConfigurationReader:
    """Reads all rows the first time, and then those that have changed: one route of many costs what one of few does."""

    def __init__(self) -> None:
        self._held: Configuration | None = None
        self._forgotten = False
        self._services: tuple[ServiceSpec, ...] = ()
        """Those that have a row; absolute targets make further ones."""

    def load(self) -> Configuration:
        """The configuration of the revision now in force. Raises `django.db.Error` when it cannot be read."""
        with consistent_read():
            if self._forgotten:
                self._forgotten, self._held = False, None  # a load that fails has forgotten too
            newest, held = current_revision(), self._held
            items = None if held is None else changed_since(held.revision, newest)
            if held is None or items is None or any(map(_is_renamed, items)):
                self._services = service_specs()
                self._held = self._whole(newest)
            else:
                self._held = self._followed(held, newest, items)
        return self._held

    def forget(self) -> None:
        """The next load to begin reads all rows. Callable from any thread."""
        self._forgotten = True

    def _whole(self, revision: int) -> Configuration:
        return Configuration(
            revision=revision,
            routes=route_specs(),
            services=(*self._services, *target_service_specs()),
            plugins=global_plugins(),
            **_identities(),
        )

    def _followed(self, held: Configuration, revision: int, items: Collection[RevisionItem]) -> Configuration:
        kinds = {item.kind for item in items}
        changes: dict[str, Any] = {}
        if kinds & SERVICE_KINDS:
            self._services = service_specs()
        routes = _touched_routes(items)
        if routes:
            changes["routes"] = _in_order([*(one for one in held.routes if one.id not in routes), *route_specs(routes)])
        if kinds & SERVICE_KINDS or routes:
            changes["services"] = (*self._services, *target_service_specs())
        if kind_of(GlobalPlugin) in kinds:
            changes["plugins"] = global_plugins()
        if kinds - SERVICE_KINDS - ROUTE_KINDS - {kind_of(GlobalPlugin)}:
            changes |= _identities()
        return replace(held, revision=revision, **changes)


def _identities() -> dict[str, Any]:
    """Who callers are and what they may do."""
    return {
        "issuers": issuer_specs(),
        "grants": grant_specs(),
        "consumers": consumer_specs(),
        "credentials": credential_specs(),
        "revoked_tokens": revoked_token_specs(),
    }


def _in_order(routes: Iterable[RouteSpec]) -> tuple[RouteSpec, ...]:
    """As rows are read (`routing.compile.live_routes`)."""
    return tuple(sorted(routes, key=lambda route: (route.created_at, route.id)))


SERVICE_KINDS = frozenset((kind_of(Service), kind_of(ServiceInstance)))
ROUTE_KINDS = frozenset((kind_of(Route), kind_of(RoutePermission)))


def _touched_routes(items: Iterable[RevisionItem]) -> set[str]:
    """Ids of the routes whose rows, or permissions, have changed."""
    routes = {item.object_id for item in items if item.kind == kind_of(Route)}
    pairs = (item for item in items if item.kind == kind_of(RoutePermission))
    return routes | {str(side["route_id"]) for item in pairs for side in (item.before, item.after) if side}


def _is_renamed(item: RevisionItem) -> bool:
    """Whether routes that were not touched read otherwise now: they hold names of services and codes of permissions."""
    column = {kind_of(Service): "name", kind_of(Permission): "code"}.get(item.kind)
    return bool(column and item.before and (not item.after or item.before[column] != item.after[column]))
