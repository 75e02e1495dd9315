"""The names counters travel by between the processes of a node: a family and its labels in one string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Counters = Mapping[str, Sequence[float]]
"""Cumulative values by key. Every key of a family has the same number of values."""
Gauges = Mapping[str, float]
"""Values of the moment by key."""

_SEPARATOR = "\x1f"
"""Unit separator: no name of a row may hold it."""


def key(family: str, *labels: str) -> str:
    """One string for a family and its labels."""
    return _SEPARATOR.join((family, *labels))


def family_and_labels(of: str) -> tuple[str, tuple[str, ...]]:
    """The parts of `key`."""
    family, *labels = of.split(_SEPARATOR)
    return family, tuple(labels)


def add(totals: dict[str, list[float]], counters: Counters) -> None:
    """Adds `counters` to `totals`, value by value."""
    for name, values in counters.items():
        held = totals.get(name)
        totals[name] = list(values) if held is None else [a + b for a, b in zip(held, values, strict=True)]


def difference(now: Counters, before: Counters) -> dict[str, list[float]]:
    """What was added between the two, without what did not change."""
    changed = {}
    for name, values in now.items():
        base = before.get(name)
        if base is None:
            changed[name] = list(values)
        elif list(base) != list(values):
            changed[name] = [a - b for a, b in zip(values, base, strict=True)]
    return changed
