"""One thing that is worth looking at in a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ConflictKind = Literal[
    "duplicate",
    "shadowed",
    "reserved",
    "route_without_instances",
    "instances_without_routes",
    "permission_unused",
]
Severity = Literal["warning", "info"]

SEVERITIES: dict[ConflictKind, Severity] = {
    "duplicate": "warning",
    "shadowed": "warning",
    "reserved": "warning",
    "route_without_instances": "warning",
    "instances_without_routes": "info",
    "permission_unused": "info",
}
"""A warning is about requests that are not served as somebody wanted; the rest only lies about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """`subject_id` is the id of a route or service, or the code of a permission; `by` are routes that serve instead.

    `text` says it in English, for people.
    """

    kind: ConflictKind
    subject: Literal["route", "service", "permission"]
    subject_id: str
    name: str
    by: tuple[str, ...] = ()
    text: str

    @property
    def severity(self) -> Severity:
        """By the kind."""
        return SEVERITIES[self.kind]
