"""Whether the objects a draft changes are still what they were when it was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from configuration.changesets.item import Item
from configuration.kinds import KINDS
from configuration.models import ChangeSet
from gateway_project.rest import access
from gateway_project.rest.errors import Conflict, NotFound
from gateway_project.rest.etag import etag_of


def seen_of(items: Sequence[Item], caller: Any) -> dict[str, dict[str, str]]:
    """What the draft keeps of each object that is there. One that is not may be made by the set itself.

    Raises `Conflict` for a name that several objects have.
    """
    named: dict[str, list[str]] = defaultdict(list)
    for item in items:
        named[item.kind.name].append(item.identity)
    lookups = {
        name: KINDS[name].lookup(texts, access.visible(caller, KINDS[name].rows())) for name, texts in named.items()
    }
    found = {}
    for place, item in enumerate(items):
        if item.action == "create":
            continue
        try:
            row = lookups[item.kind.name].one(item.identity)
        except NotFound:
            continue
        found[str(place)] = {"kind": item.kind.name, "id": str(row.pk), "etag": etag_of(item.kind.document(row))}
    return found


def conflicts_of(row: ChangeSet, caller: Any) -> list[dict[str, Any]]:
    """The changes whose objects have changed, or gone, since the draft was written; hidden ones are gone."""
    ids: dict[str, list[str]] = defaultdict(list)
    for one in row.seen.values():
        ids[one["kind"]].append(one["id"])
    now = {
        (name, str(found.pk)): etag_of(KINDS[name].document(found))
        for name, pks in ids.items()
        for found in access.visible(caller, KINDS[name].rows()).filter(pk__in=pks)
    }
    found = []
    for place, one in sorted(row.seen.items(), key=lambda item: int(item[0])):
        etag = now.get((one["kind"], one["id"]))
        if etag != one["etag"]:
            told = {"index": int(place), "kind": one["kind"], "id": one["id"]}
            found.append({**told, "problem": "gone" if etag is None else "changed"})
    return found


def refuse_conflicts(row: ChangeSet, caller: Any) -> None:
    """Raises `Conflict` that names them."""
    found: Sequence[Mapping[str, Any]] = conflicts_of(row, caller)
    if found:
        message = _("Objects have changed since the draft was written; look again, or publish with force.")
        raise Conflict(message, content={"conflicts": found})
