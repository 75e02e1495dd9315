"""The rows that cannot be served as they stand: each keeps its place and answers F50000 there (G-504)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from proxy.conflicts.claims import claims_of
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`text` is what the compiler says."""

    subject: Literal["route", "service"]
    subject_id: str
    name: str
    text: str


def problems(snapshot: Snapshot, configuration: Configuration) -> list[Problem]:
    """Services first, then routes in the order of the configuration."""
    of_services = {
        key: service.problem or service.spec.problem
        for key, service in snapshot.services.items()
        if service.problem or service.spec.problem
    }
    of_routes = {spec.id: spec.problem for spec in configuration.routes if spec.problem}
    for _pattern, index in snapshot.table.by_host():
        for entry, _claim in claims_of(index):
            if entry.payload.compiler is None and entry.payload.problem:  # else nothing of it may not work
                of_routes.setdefault(entry.payload.spec.id, entry.payload.problem)
    found = [
        Problem(subject="service", subject_id=spec.id, name=spec.name, text=of_services[spec.id])
        for spec in configuration.services
        if spec.id in of_services
    ]
    found += [
        Problem(subject="route", subject_id=spec.id, name=spec.name or spec.path_pattern, text=of_routes[spec.id])
        for spec in configuration.routes
        if spec.id in of_routes
    ]
    return found
