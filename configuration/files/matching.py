"""Which object of the database an object of a file is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from configuration.files.entry import Entry
from configuration.files.problem import Problem

Counterparts = Mapping[int, Entry]
"""Position of a wanted entry → the current entry it is."""


def counterparts(current: Sequence[Entry], wanted: Sequence[Entry]) -> Counterparts:
    """Pairs entries of one kind, by the most telling identity first.

    An identity pairs where one current and one wanted entry alone have it: a route is its name's as long as the name is
    one route's, and else the one that matches the same requests.
    """
    found: dict[int, Entry] = {}
    taken: set[int] = set()
    levels = max((len(entry.identities) for entry in (*current, *wanted)), default=0)
    for level in range(levels, 0, -1):
        theirs, ours = _alone(current, level), _alone(wanted, level)
        for identity, number in ours.items():
            other = theirs.get(identity)
            if other is not None and other not in taken and number not in found:
                found[number] = current[other]
                taken.add(other)
    return found


def _alone(entries: Sequence[Entry], level: int) -> dict[str, int]:
    """Position by identity, of the identities that stand `level` from the end and that one entry alone has."""
    holders: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        if len(entry.identities) >= level:
            holders.setdefault(entry.identities[-level], []).append(number)
    return {identity: numbers[0] for identity, numbers in holders.items() if len(numbers) == 1}


def repeated(wanted: Iterable[Entry]) -> list[Problem]:
    """A file names an object once."""
    first: dict[tuple[str, str], Entry] = {}
    problems = []
    for entry in wanted:
        other = first.setdefault((entry.kind, entry.identity), entry)
        if other is not entry:
            told = _("It is the same as %(other)s. Leave one of them out, or make them differ.") % {
                "other": other.place
            }
            problems.append(Problem(entry.place, "", told))
    return problems
