"""The outer form of a file: its head and its sections. What stands in an object is judged elsewhere.

format: 1
select_labels: {team: shop}        # only in a file that is about a part
services: [...]                    # each with its instances
routes: [...]
…
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from configuration.files.entry import Entry
from configuration.files.file_kinds import INSIDE, TOP, FileKind
from configuration.files.located import called, line_of
from configuration.files.problem import DocumentError, Place, Problem
from configuration.files.selection import Selection

FORMAT = 1
HEAD = ("format", "select_labels")


@dataclass(frozen=True, slots=True)
class Raw:
    """An object of a file as it was written, without the objects inside it."""

    kind: FileKind
    parent: str
    data: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class Outline:
    """A file taken apart."""

    selection: Selection
    objects: tuple[Raw, ...]


def taken_apart(document: Mapping[str, Any]) -> Outline:
    """The head and the objects. Raises `DocumentError` with everything that is wrong with the outer form."""
    problems: list[Problem] = []
    sections = {one.section: one for one in TOP}
    for name in document:
        if name not in sections and name not in HEAD:
            told = _("Unknown section. There are: %(names)s.") % {"names": ", ".join([*HEAD, *sections])}
            problems.append(Problem(Place(name[:100], line=line_of(document, name)), "", told))
    version = document.get("format")
    if version != FORMAT or isinstance(version, bool):
        told = _("Must be %(format)d, the format this gateway reads.") % {"format": FORMAT}
        problems.append(Problem(Place("format", line=line_of(document, "format")), "", told))
    objects: list[Raw] = []
    for section, file_kind in sections.items():
        if section in document:
            line = line_of(document, section)
            objects += _objects(file_kind, document[section], Place(section, line=line), "", problems)
    selection = _selection(document, problems)
    if problems:
        raise DocumentError(problems)
    return Outline(selection, tuple(objects))


def _objects(file_kind: FileKind, listed: Any, place: Place, parent: str, problems: list[Problem]) -> Iterator[Raw]:
    """Those of one section, and of the sections inside them."""
    if not isinstance(listed, list):
        problems.append(Problem(place, "", _("Must be a list.")))
        return
    for number, data in enumerate(listed):
        line = line_of(listed, number)
        if not isinstance(data, dict):
            problems.append(Problem(Place(place.section, called(data, number), line), "", _("Must be an object.")))
            continue
        name = data.get(file_kind.key)
        name = name if isinstance(name, str) else called(data, number)
        here = Place(place.section, f"{parent}/{name}" if parent else name, line)
        inner = INSIDE.get(file_kind.kind, ())
        own = {key: value for key, value in data.items() if key not in {one.section for one in inner}}
        yield Raw(file_kind, parent, own, here)
        for one in inner:
            if one.section in data:
                where = Place(f"{place.section}.{one.section}", name, line_of(data, one.section))
                yield from _objects(one, data[one.section], where, name, problems)


def _selection(document: Mapping[str, Any], problems: list[Problem]) -> Selection:
    labels = document.get("select_labels", {})
    if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
        told = _("Must be an object whose values are strings.")
        problems.append(Problem(Place("select_labels", line=line_of(document, "select_labels")), "", told))
        return Selection()
    return Selection(labels)


def put_together(entries: Iterable[Entry], selection: Selection) -> dict[str, Any]:
    """The document of these entries, which stand in the order of a file; sections without any are left out."""
    document: dict[str, Any] = {"format": FORMAT}
    if selection:
        document["select_labels"] = dict(selection.labels)
    by_kind: dict[str, list[Entry]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry)
    for top in TOP:
        inside = {one.section: _by_parent(by_kind.get(one.kind, ())) for one in INSIDE[top.kind]}
        listed = [
            {**entry.data, **{section: held[entry.name] for section, held in inside.items() if entry.name in held}}
            for entry in by_kind.get(top.kind, ())
        ]
        if listed:
            document[top.section] = listed
    return document


def _by_parent(entries: Iterable[Entry]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        found.setdefault(entry.parent, []).append(entry.data)
    return found
