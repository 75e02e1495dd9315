"""What a document names must be there in the end, and no two of its objects may be in each other's way. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from configuration.files.entry import Entry
from configuration.files.plan import Plan
from configuration.files.problem import Problem
from configuration.files.selection import Selection

SECTIONS = {
    "service": "services",
    "permission": "permissions",
    "role": "roles",
    "consumer": "consumers",
}
UNIQUE: dict[str, Callable[[Entry], str | None]] = {
    "route": lambda entry: entry.identity,
    "service": lambda entry: entry.name,
    "consumer": lambda entry: entry.name,
    "key": lambda entry: str(entry.data.get("prefix")),
    "basic": lambda entry: str(entry.data.get("username")),
}
"""What no two rows of a kind share, whomever they belong to."""
SUBJECT = "jwt_subject"
TAKEN = _("%(other)s has this subject too.")
NO_TEAM = _("There is no group “%(name)s”. Make it in the console first.")
MISSING = _("There is no “%(name)s”. Add it to %(section)s.")
PRUNED = _("“%(name)s” would be deleted, for the file does not name it. Add it to %(section)s.")
UNNAMED = _("%(other)s is in its way, and the file does not name it. Add it to the file, or prune.")
UNLABELLED = _("%(other)s is in its way, and does not bear %(labels)s. Give it these labels first to take it over.")

ServicesOf = Callable[[Mapping[str, Any]], Iterable[str]]
"""The services that the bindings of plugins name."""


def unresolved(
    plan: Plan,
    wanted: Sequence[Entry],
    outside: Sequence[Entry],
    others: Mapping[str, Iterable[str]],
    services_of: ServicesOf,
) -> list[Problem]:
    """Names that lead nowhere once the plan is carried out, each with the object that has it.

    `others` has names of rows that the plan knows nothing of, by kind.
    """
    there = {kind: set(others.get(kind, ())) for kind in (*SECTIONS, "team")}
    for entry in (*wanted, *outside, *plan.left):
        if entry.kind in there:
            there[entry.kind].add(entry.name)
    doomed = {(change.kind, change.name) for change in plan.changes if change.action == "delete"}
    problems = []
    for entry in wanted:
        for field, kind, name in _named(entry, services_of):
            if name not in there[kind]:
                told = NO_TEAM if kind == "team" else PRUNED if (kind, name) in doomed else MISSING
                values = {"name": name, "section": SECTIONS.get(kind)}
                problems.append(Problem(entry.place, field, str(told) % values))
    return problems


def _named(entry: Entry, services_of: ServicesOf) -> Iterator[tuple[str, str, str]]:
    """(field, kind, name) of every other object an entry names."""
    data = entry.data
    if entry.kind == "route":
        yield "service_name", "service", data["service_name"]
        yield from (("required_permissions", "permission", code) for code in data.get("required_permissions", ()))
    if "owner" in data:
        yield "owner", "team", data["owner"]
    if entry.kind == "grant":
        yield from ((kind, kind, data[kind]) for kind in ("permission", "role", "consumer") if kind in data)
    plugins = {data["name"]: data.get("config", {})} if entry.kind == "global_plugin" else data.get("plugins", {})
    yield from (("plugins", "service", name) for name in services_of(plugins))


def in_the_way(plan: Plan, wanted: Sequence[Entry], outside: Sequence[Entry], selection: Selection) -> list[Problem]:
    """Wanted objects that clash with one another, or with what stays because nobody prunes it or selects it."""
    problems = []
    for left, told in ((plan.left, UNNAMED), (outside, UNLABELLED)):
        holders = {(entry.kind, key): entry for entry in left for key in _unique(entry)}
        for entry in wanted:
            other = next((holders[entry.kind, key] for key in _unique(entry) if (entry.kind, key) in holders), None)
            if other is not None:
                problems.append(Problem(entry.place, "", str(told) % {"other": other.place, "labels": selection}))
    subjects: dict[str, Entry] = {}
    for entry in wanted:
        subject = entry.data.get(SUBJECT) if entry.kind == "consumer" else None
        if subject and subjects.setdefault(subject, entry) is not entry:
            message = str(TAKEN) % {"other": subjects[subject].place}
            problems.append(Problem(entry.place, SUBJECT, message))
    return problems


def _unique(entry: Entry) -> Iterator[str]:
    key = UNIQUE[entry.kind](entry) if entry.kind in UNIQUE else None
    if key is not None:
        yield key
    if entry.kind == "consumer" and entry.data.get(SUBJECT):
        yield f"{SUBJECT}\0{entry.data[SUBJECT]}"
