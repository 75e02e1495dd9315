"""The configuration as it is stored: rows and, for each, its entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from configuration.files.entry import Entry
from configuration.files.file_kinds import FILE_KINDS, CredentialFile, FileKind
from configuration.files.problem import Place
from configuration.files.selection import Selection
from gateway_project.rest import access
from permissions.models import Grant
from routing.models import Route, RoutePermission
from services.models import Service, ServiceInstance

OWNERS: dict[type[Any], str] = {Service: "owner", ServiceInstance: "service__owner", Route: "service__owner"}
"""The kinds that belong to teams, and the look-up path to whose they are."""


@dataclass(slots=True)
class Stored:
    """Entries in the order of a file, each with its row. `outside` is what is there and no part of the selection."""

    entries: list[Entry] = field(default_factory=list)
    rows: dict[int, Any] = field(default_factory=dict)
    outside: list[Entry] = field(default_factory=list)
    outside_rows: dict[int, Any] = field(default_factory=dict)

    def row(self, entry: Entry) -> Any:
        """The row of one of the entries."""
        return self.rows[id(entry)]

    def add(self, entry: Entry, row: Any, *, inside: bool) -> None:
        """Keeps both."""
        entries, rows = (self.entries, self.rows) if inside else (self.outside, self.outside_rows)
        entries.append(entry)
        rows[id(entry)] = row


def stored(caller: Any, selection: Selection) -> Stored:
    """What the caller may see; of whoever is no administrator, what belongs to his teams."""
    found = Stored()
    for file_kind in FILE_KINDS.values():
        rows = _visible_rows(file_kind, caller)
        entries = [(_entry(file_kind, row), row) for row in rows]
        for entry, row in sorted(entries, key=lambda pair: _order(pair[0])):
            found.add(entry, row, inside=_selected(file_kind, row, selection))
    return found


def _visible_rows(file_kind: FileKind, caller: Any) -> Iterable[Any]:
    rows = access.visible(caller, _rows(file_kind))
    if access.is_administrator(caller):
        return rows
    owner = OWNERS.get(file_kind.model)
    return rows.exclude(**{owner: None}) if owner else rows.none()


def _rows(file_kind: FileKind) -> Any:
    if file_kind.model is Route:
        codes = Prefetch("route_permissions", RoutePermission.objects.prefetch_related("permission"))
        return Route.objects.live().prefetch_related("service", codes)  # each service and permission once in memory
    if file_kind.model is Service:
        return Service.objects.select_related("owner")
    if file_kind.model is ServiceInstance:
        return ServiceInstance.objects.filter(lease_seconds=None).select_related("service")
    if file_kind.model is Grant:
        return Grant.objects.select_related("permission", "role", "consumer")
    if isinstance(file_kind, CredentialFile):
        return file_kind.model.objects.filter(kind=file_kind.of_kind).select_related("consumer")
    return file_kind.model.objects.all()


def _entry(file_kind: FileKind, row: Any) -> Entry:
    parent = getattr(row, file_kind.parent).name if file_kind.parent else ""
    data = file_kind.data_of(row)
    return Entry(
        file_kind.kind,
        file_kind.name(data, parent),
        file_kind.identities(data, parent, row),
        data,
        parent,
        Place(file_kind.section, file_kind.name(data, parent)),
        file_kind.stays(row),
    )


def _order(entry: Entry) -> tuple[str, ...]:
    if entry.kind == "route":
        data = entry.data
        return (
            data["service_name"],
            data["path_pattern"],
            str(data.get("methods", data.get("method"))),
            entry.identity,
        )
    return (entry.parent, entry.name, entry.identity)


def _selected(file_kind: FileKind, row: Any, selection: Selection) -> bool:
    if not selection:
        return True
    holder = getattr(row, file_kind.parent) if file_kind.parent else row
    if isinstance(row, Grant):
        holder = row.consumer
    return selection.takes(holder.labels) if hasattr(holder, "labels") else False


def by_identity(entries: Iterable[Entry]) -> dict[tuple[str, str], Entry]:
    """Entries by what is their own."""
    return {(entry.kind, entry.identity): entry for entry in entries}


def names(entries: Iterable[Entry], kind: str) -> Iterator[str]:
    """The names of those of one kind."""
    return (entry.name for entry in entries if entry.kind == kind)
