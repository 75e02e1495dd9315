"""The one reader of the rows: everything the data plane needs, as of one moment."""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import override

from permissions.compile import consumer_specs, credential_specs, grant_specs, issuer_specs, revoked_token_specs
from permissions.models import Permission
from proxy.snapshot.collecting import uncollected
from proxy.snapshot.configuration import Configuration
from revisions.consistent_read import consistent_read
from revisions.current import current_revision
from revisions.models import Revision, RevisionItem
from revisions.recorded import kind_of
from revisions.recorder import RowChange
from revisions.since import MOST_ITEMS, changed_since
from routing.compile import global_plugins, route_specs, target_service_specs
from routing.models import GlobalPlugin, Route, RoutePermission
from routing.spec import RouteSpec
from services.compile import service_specs
from services.models import Service, ServiceInstance
from services.spec import ServiceSpec


def load_configuration() -> Configuration:
    """The configuration of the revision now in force, or of the one that `as_of` reads.

    Raises `django.db.Error` when the database cannot be read.
    """
    return ConfigurationReader().load()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows were at one moment."""

    configuration: Configuration
    services: tuple[ServiceSpec, ...]
    """Those that have a row."""
    targets: tuple[ServiceSpec, ...]
    """Those that absolute targets stand for."""
    made_at: datetime | None
    """When the revision was: a database that was put back may give its number to another."""


class ConfigurationReader:
    """Reads all rows the first time, and then those that have changed: one route of many costs what one of few does.

    Any thread may ask.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Reading | None = None
        self._forgotten = False

    def load(self) -> Configuration:
        """The configuration of the revision now in force. Raises `django.db.Error` when it cannot be read."""
        return self.read().configuration

    def read(self) -> Reading:
        """As `load`, in the form that `rehearsed` goes on from."""
        with self._lock, _in_words_of_the_log(), consistent_read():
            if self._forgotten:
                self._forgotten, self._held = False, None  # a load that fails has forgotten too
            newest, held = current_revision(), self._held
            if held is not None and held.made_at != _made_at(held.configuration.revision):
                held = None
            items = None if held is None else changed_since(held.configuration.revision, newest)
            self._held = _whole(newest) if held is None or items is None else _followed(held, newest, items)
            return self._held

    def forget(self) -> None:
        """The next load to begin reads all rows. Callable from any thread."""
        self._forgotten = True


NEWEST = ConfigurationReader()
"""What this process has read last, for whoever needs it next."""


def rehearsed(before: Reading, rows: Sequence[RowChange]) -> Configuration:
    """What these rows, changed in the transaction that is open, have made of the configuration."""
    revision = before.configuration.revision
    with _in_words_of_the_log():
        if len(rows) > MOST_ITEMS:
            return _whole(revision).configuration
        of = Revision(number=revision)
        return _followed(before, revision, [RevisionItem.of(of, row) for row in rows]).configuration


def _in_words_of_the_log() -> Any:
    """What is wrong with a row is kept in the language of the node, whoever makes it be read."""
    return override(settings.LANGUAGE_CODE)


def _made_at(revision: int) -> datetime | None:
    return Revision.objects.filter(number=revision).values_list("created_at", flat=True).first()


def _whole(revision: int) -> Reading:
    services, targets = service_specs(), target_service_specs()
    with uncollected():
        routes = route_specs()
    configuration = Configuration(
        revision=revision,
        routes=routes,
        services=(*services, *targets),
        plugins=global_plugins(),
        **_identities(),
    )
    return Reading(configuration, services, targets, _made_at(revision))


def _followed(held: Reading, revision: int, items: Collection[RevisionItem]) -> Reading:
    if not items and revision == held.configuration.revision:
        return held
    routes = _touched_routes(items) | _routes_of(items)
    if len(routes) > MOST_ITEMS:
        return _whole(revision)
    kinds = {item.kind for item in items}
    changes: dict[str, Any] = {}
    services, targets, configuration = held.services, held.targets, held.configuration
    if kinds & SERVICE_KINDS:
        services = _kept(held.services, service_specs())
    if routes:
        changes["routes"] = _in_order(
            [one for one in configuration.routes if one.id not in routes], route_specs(routes)
        )
    if _has_absolute_target(items):
        targets = _kept(held.targets, target_service_specs())
    if services is not held.services or targets is not held.targets:
        changes["services"] = (*services, *targets)
    if kind_of(GlobalPlugin) in kinds:
        changes["plugins"] = global_plugins()
    if kinds - SERVICE_KINDS - ROUTE_KINDS - {kind_of(GlobalPlugin)}:
        changes |= _identities()
    return Reading(replace(configuration, revision=revision, **changes), services, targets, _made_at(revision))


def _kept(before: Sequence[ServiceSpec], now: Sequence[ServiceSpec]) -> tuple[ServiceSpec, ...]:
    """The services now, those that are as they were by the very objects of before: who follows looks for these."""
    held = {spec.id: spec for spec in before}
    return tuple(one if (one := held.get(spec.id)) == spec and one is not None else spec for spec in now)


def _identities() -> dict[str, Any]:
    """Who callers are and what they may do."""
    return {
        "issuers": issuer_specs(),
        "grants": grant_specs(),
        "consumers": consumer_specs(),
        "credentials": credential_specs(),
        "revoked_tokens": revoked_token_specs(),
    }


def _in_order(routes: list[RouteSpec], more: Iterable[RouteSpec]) -> tuple[RouteSpec, ...]:
    """As rows are read (`routing.compile.live_routes`); `routes` are already."""
    for route in more:
        insort(routes, route, key=lambda one: (one.created_at, one.id))
    return tuple(routes)


def _has_absolute_target(items: Iterable[RevisionItem]) -> bool:
    """Whether a changed route names, or named, a host of its own."""
    sides = (side for item in items if item.kind == kind_of(Route) for side in (item.before, item.after) if side)
    return any(not side["target_url"].startswith("/") for side in sides)


SERVICE_KINDS = frozenset((kind_of(Service), kind_of(ServiceInstance)))
ROUTE_KINDS = frozenset((kind_of(Route), kind_of(RoutePermission)))


def _touched_routes(items: Iterable[RevisionItem]) -> set[str]:
    """Ids of the routes whose rows, or permissions, have changed."""
    routes = {item.object_id for item in items if item.kind == kind_of(Route)}
    pairs = (item for item in items if item.kind == kind_of(RoutePermission))
    return routes | {str(side["route_id"]) for item in pairs for side in (item.before, item.after) if side}


READ_WITH_ROUTES = {
    kind_of(Service): ("name", "retry_count", "load_balance_strategy", "hash_key"),
    kind_of(Permission): ("code",),
}
"""Columns of other rows that specs of routes are made of (`routing/compile.py`)."""


def _routes_of(items: Iterable[RevisionItem]) -> set[str]:
    """Ids of the routes that may read otherwise now without having been touched themselves."""
    changed: dict[str, list[Any]] = {kind: [] for kind in READ_WITH_ROUTES}
    for item in items:
        before, after = item.before, item.after
        if before and after and any(before[name] != after[name] for name in READ_WITH_ROUTES.get(item.kind, ())):
            changed[item.kind].append(item.object_id)
    routes = Route.objects.live().filter(service__in=changed[kind_of(Service)]).values_list("pk", flat=True)
    pairs = RoutePermission.objects.filter(permission__in=changed[kind_of(Permission)])
    return {str(pk) for pk in (*routes, *pairs.values_list("route", flat=True))}
