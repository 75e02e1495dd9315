"""What has to be done so that the configuration is as a file says. Pure: two lists of entries in, changes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from configuration.files.entry import Entry, Secret, same
from configuration.files.matching import counterparts

PARENTS_FIRST = (
    "permission",
    "role",
    "issuer",
    "service",
    "instance",
    "route",
    "consumer",
    "key",
    "basic",
    "grant",
    "global_plugin",
)
NEEDED_BY_OTHERS = ("permission", "service")
"""Deleted last: routes may need them until they are changed. The others go first, as a route whose path is reused."""


class Absent(Enum):
    """The value of a field that an object does not name."""

    DEFAULT = "default"


DEFAULT = Absent.DEFAULT


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value before and after; `DEFAULT` where none is named."""

    place: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One object to be created, updated or deleted."""

    action: str
    kind: str
    name: str
    fields: tuple[FieldChange, ...]
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in the order they are made; `left` is what the file does not name and nobody asked to prune."""

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    left: tuple[Entry, ...] = ()

    def count(self, action: str) -> int:
        """How many changes are of this action."""
        return Counter(change.action for change in self.changes)[action]


def plan(current: Sequence[Entry], wanted: Sequence[Entry], *, prune: bool = False) -> Plan:
    """Compares; what the file does not name is deleted only with `prune`."""
    written: list[Change] = []
    surplus: list[Entry] = []
    unchanged = 0
    theirs, ours = _by_kind(current), _by_kind(wanted)
    for kind in PARENTS_FIRST:
        pairs = counterparts(theirs[kind], ours[kind])
        for number, entry in enumerate(ours[kind]):
            change = _written(pairs.get(number), entry)
            written += [change] if change else []
            unchanged += change is None
        kept = {id(entry) for entry in pairs.values()}
        surplus += [entry for entry in theirs[kind] if id(entry) not in kept and not entry.stays]
    if not prune:
        return Plan(tuple(written), unchanged, tuple(surplus))
    doomed = [Change("delete", entry.kind, entry.name, (), entry, None) for entry in reversed(surplus)]
    early = [change for change in doomed if change.kind not in NEEDED_BY_OTHERS]
    late = [change for change in doomed if change.kind in NEEDED_BY_OTHERS]
    return Plan((*early, *written, *late), unchanged)


def _by_kind(entries: Sequence[Entry]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = {kind: [] for kind in PARENTS_FIRST}
    for entry in entries:
        found[entry.kind].append(entry)
    return found


def _written(before: Entry | None, after: Entry) -> Change | None:
    if before is None:
        fields = tuple(FieldChange(".".join(path), DEFAULT, value) for path, value in leaves(after.data))
        return Change("create", after.kind, after.name, fields, None, after)
    if same(before.data, after.data):
        return None
    fields = tuple(differences(before.data, after.data, after.kept))
    return Change("update", after.kind, before.name, fields, before, after) if fields else None


def differences(before: Mapping[str, Any], after: Mapping[str, Any], kept: frozenset[str]) -> Iterator[FieldChange]:
    """Where two objects differ; of `kept`, what the second does not name counts as equal."""
    old, new = dict(leaves(before)), dict(leaves(after))
    for path in [*new, *(path for path in old if path not in new)]:
        if path[0] in kept and path[0] not in after:
            continue
        if path not in old or path not in new or not same(old[path], new[path]):
            yield FieldChange(".".join(path), old.get(path, DEFAULT), new.get(path, DEFAULT))


def leaves(data: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values of an object by their paths: `("circuit_breaker", "max_failures")`."""
    for name, value in data.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*before, name))
        else:
            yield (*before, name), value


def shown(value: Any) -> Any:
    """A value as a person may see it."""
    if value is DEFAULT:
        return "(default)"
    return "(secret)" if isinstance(value, Secret) else value
