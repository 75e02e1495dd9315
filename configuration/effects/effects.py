"""The effects of a change that is being rehearsed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Sum

from configuration.effects.traffic import Moved, moved
from gateway_project.rest import access
from gateway_project.rest.fields import TimestampField
from proxy.conflicts.conflict import Conflict
from proxy.conflicts.conflicts import Report
from proxy.conflicts.newest_report import NEWEST as NEWEST_REPORT
from proxy.conflicts.reach import Reach
from proxy.models import RouteHour
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.loader import NEWEST as NEWEST_CONFIGURATION
from proxy.snapshot.loader import Reading, rehearsed
from revisions.documents import changes_between, visible
from revisions.recorded import declared, kind_of
from revisions.recorder import RowChange
from routing.models import Route
from routing.spec import RouteSpec
from services.models import Service

MOST = 1000
"""Entries of each list that are told."""


class Effects:
    """A Foresight. While others wait for the change to end, only rows that changed are read."""

    def __init__(self, caller: Any) -> None:
        self._caller = caller
        self._before = _Moment.now()
        self._after: _Moment | None = None
        self._rows: Sequence[RowChange] = ()

    def begin(self, newest: int) -> None:
        """Reads on if another change has come between."""
        if self._before.reading.configuration.revision != newest:
            self._before = _Moment.now()

    def look(self, rows: Sequence[RowChange]) -> None:
        """Reads what the change has made of the configuration."""
        self._rows = rows
        if rows:
            self._after = _Moment(self._before.reading, rehearsed(self._before.reading, rows), _codes())
        self._sight = Sight(self._caller)

    def effects(self) -> dict[str, Any]:
        """What is different."""
        sight = self._sight
        before = self._before.report()
        after = before if self._after is None else self._after.report(before)
        known, found = _by_subject(before), _by_subject(after)
        appeared = [one for key, one in found.items() if key not in known and sight.sees(one.subject, one.subject_id)]
        gone = [one for key, one in known.items() if key not in found and sight.sees(one.subject, one.subject_id)]
        taken = [one for one in appeared if one.by]
        unreachable = {one.subject_id: one.by[0] for one in taken}
        return {
            "changes": _listed(self._rows, _change),
            "conflicts": _listed(appeared, sight.conflict),
            "resolved": _listed(gone, sight.conflict),
            "shadowed": _listed(taken, lambda one: {"id": one.subject_id, "name": one.name}),
            "traffic": _traffic(before.reach, after.reach, unreachable, sight),
        }


@dataclass(frozen=True, slots=True)
class _Moment:
    """What was read, the configuration then, and the codes of the permissions that conflicts are asked of."""

    reading: Reading
    configuration: Configuration
    permissions: tuple[str, ...]

    @classmethod
    def now(cls) -> _Moment:
        reading = NEWEST_CONFIGURATION.read()
        return cls(reading, reading.configuration, _codes())

    def report(self, before: Report | None = None) -> Report:
        """Of the state in force, or of one that is only rehearsed and goes on from `before`."""
        if before is None:
            return NEWEST_REPORT.of(self.configuration, self.permissions)
        return Report(self.configuration, self.permissions, before)


def _codes() -> tuple[str, ...]:
    rows = apps.get_model("permissions", "Permission").objects.filter(is_system=False)
    return tuple(rows.values_list("code", flat=True))


def _by_subject(report: Report) -> dict[tuple[str, ...], Conflict]:
    """Every conflict, by what makes it the same before and after."""
    return {(one.kind, one.subject, one.subject_id): one for one in report.conflicts}


class Sight:
    """What of the effects a caller may be told: routes and services of his own, everything to an administrator."""

    def __init__(self, caller: Any) -> None:
        self._everything = access.is_administrator(caller)
        self._ids: set[tuple[str, str]] = set()
        if not self._everything:
            for subject, rows in (("route", Route.objects.all()), ("service", Service.objects.all())):
                pks = access.visible(caller, rows).values_list("pk", flat=True)
                self._ids |= {(subject, str(pk)) for pk in pks}

    def sees(self, subject: str, identity: str) -> bool:
        """Whether the caller may know of it."""
        return self._everything or (subject, identity) in self._ids

    def conflict(self, one: Conflict) -> dict[str, Any]:
        """A conflict as it is told."""
        return {
            "kind": one.kind,
            "severity": one.severity,
            "subject": one.subject,
            "id": one.subject_id,
            "name": one.name,
            "by": [identity for identity in one.by if self.sees("route", identity)],
        }

    def moved(self, one: Moved) -> dict[str, Any]:
        """Requests that would go elsewhere, as it is told."""
        to = one.to if one.to is not None and self.sees("route", one.to.id) else None
        return {
            **_route(one.route),
            "reason": one.reason,
            "share": one.share,
            "requests": one.requests,
            "to": None if to is None else _route(to),
        }


def _traffic(before: Reach, after: Reach, unreachable: Mapping[str, str], sight: Sight) -> dict[str, Any]:
    since = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    rows = (
        RouteHour.objects.filter(hour__gte=since).values_list("service", "route").annotate(Sum("requests")).order_by()
    )
    requests = {(service, route): count for service, route, count in rows}
    found = [one for one in moved(before, after, unreachable, requests) if sight.sees("route", one.route.id)]
    return {
        "since": TimestampField().to_representation(since),
        "requests_at_most": sum(one.requests for one in found),
        "routes": _listed(sorted(found, key=lambda one: -one.requests), sight.moved),
    }


def _listed(found: Sequence[Any], tell: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any]]:
    return [tell(one) for one in found[:MOST]]


def _change(row: RowChange) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": kind_of(row.model), "id": str(row.pk), "name": row.known.name, "action": row.action}
    if row.action == "update" and row.before is not None and row.after is not None:
        old, new = visible(row.model, row.before.document), visible(row.model, row.after.document)
        told["fields"] = changes_between(old, new, declared(row.model).secrets, declared(row.model).shown)
    return told


def _route(route: RouteSpec) -> dict[str, Any]:
    return {"id": route.id, "name": route.name or route.path_pattern, "service_name": route.service_name}
