"""Making all changes of a set, in order, or none of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from configuration.batch.reply import told_of
from configuration.changesets.item import Item
from configuration.refusal import Refused
from configuration.write import Writer, Written
from gateway_project.rest.errors import BadRequest


def apply(items: Sequence[Item], caller: Any) -> list[dict[str, Any]]:
    """Within a `change()`: what was done, change by change. Raises `BadRequest` that names every one refused."""
    outcomes = list(_outcomes(items, Writer(caller)))
    errors = [told_of(place, one) for place, one in enumerate(outcomes) if isinstance(one, Refused)]
    if errors:
        counts = {"failed": len(errors), "total": len(outcomes)}
        message = _("Nothing was stored: %(failed)d of %(total)d items were refused.") % counts
        raise BadRequest(message, content={**counts, "errors": errors})
    return [_told(place, one) for place, one in enumerate(outcomes) if isinstance(one, Written)]


def _outcomes(items: Sequence[Item], writer: Writer) -> Iterator[Written | Refused]:
    """Changes of one sort that follow each other are looked up, and where it can be written, together."""
    for (action, kind), group in groupby(items, key=lambda item: (item.action, item.kind)):
        if action == "create":
            yield from writer.create_many(kind, [item.data for item in group])
        elif action == "update":
            yield from writer.update_many(kind, [(item.identity, item.data) for item in group], renames=True)
        else:
            yield from writer.delete_many(kind, [item.identity for item in group])


def _told(place: int, written: Written) -> dict[str, Any]:
    told: dict[str, Any] = {
        "index": place,
        "action": written.action,
        "kind": written.kind.name,
        "id": written.id,
        "name": written.name,
    }
    if written.action == "update":
        told["updated_fields"] = [name for name in written.fields if name != "updated_at"]
    key = getattr(written.row, "key", "")
    return {**told, "key": key} if written.action == "create" and isinstance(key, str) and key else told
