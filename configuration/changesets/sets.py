"""The change sets of a caller: which he sees, and how one is kept and changed. What every door to them shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configuration.changesets.deputy import standing_to
from configuration.changesets.item import MOST, items_of
from configuration.changesets.seen import seen_of
from configuration.models import ChangeSet, State
from gateway_project.rest import access
from gateway_project.rest.errors import Conflict, NotFound, field_errors
from permissions.caller_key import caller_key

NOT_FOUND = gettext_lazy("Change set not found.")
NOT_A_DRAFT = gettext_lazy("The change set is published already.")

Changes = Sequence[Mapping[str, Any]]
"""As POST /admin/changesets takes them."""


def seen_by(caller: Any, rows: QuerySet[ChangeSet]) -> QuerySet[ChangeSet]:
    """His own, or all of them to an administrator: a set may hold what is of several teams."""
    if access.is_administrator(caller):
        return rows
    return rows.filter(owner=caller_key(caller)).exclude(owner="")


def new_set(caller: Any, actor: str) -> ChangeSet:
    """An empty one of this caller, not stored."""
    return ChangeSet(actor=actor[:200], owner=caller_key(caller), changes=[])


def draft(caller: Any, pk: Any) -> ChangeSet:
    """The draft, locked for a change of it. Raises `NotFound`, and `Conflict` for one that is published."""
    row = seen_by(caller, ChangeSet.objects.all()).select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(NOT_FOUND)
    if row.state == State.PUBLISHED:
        raise Conflict(NOT_A_DRAFT)
    return row


def keep(row: ChangeSet, caller: Any) -> None:
    """Stores a draft, its objects looked at anew. Raises `BadRequest` and `Conflict` for its changes."""
    row.seen = seen_of(items_of(row.changes), caller)
    store(row, caller)


def store(row: ChangeSet, caller: Any) -> None:
    """Stores a draft with what this caller, who answers for it from now on, is allowed."""
    row.standing, row.state, row.problem = standing_to(caller), State.DRAFT, {}
    row.save()


def add(row: ChangeSet, changes: Changes, caller: Any) -> None:
    """Puts changes at the end of a draft; what it knows of the objects of the others stays.

    An update that comes again, with a value for every field of the earlier one, takes its place.
    Raises `BadRequest` where it would hold too many, and as `keep`.
    """
    kept = [place for place in range(len(row.changes)) if not _overruled(row, place, changes)]
    before = {str(new): row.seen[str(old)] for new, old in enumerate(kept) if str(old) in row.seen}
    wanted = [*(row.changes[place] for place in kept), *(dict(one) for one in changes)]
    if len(wanted) > MOST:
        raise field_errors({"changes": _("A change set holds at most %(most)d changes.") % {"most": MOST}})
    found = seen_of(items_of(wanted), caller)
    row.changes = wanted
    row.seen = {place: before.get(place, found[place]) for place in found} | before
    store(row, caller)


def remove(row: ChangeSet, place: int, caller: Any) -> None:
    """Takes one change out of a draft. Raises `BadRequest` for one there is not, and for the last one."""
    if not 0 <= place < len(row.changes):
        raise field_errors({"changes": _("This change is not in the set any more.")})
    if len(row.changes) == 1:
        raise field_errors({"changes": _("It is the only change of the set: discard the set instead.")})
    left = [one for one in range(len(row.changes)) if one != place]
    row.seen = {str(new): row.seen[str(old)] for new, old in enumerate(left) if str(old) in row.seen}
    row.changes = [row.changes[one] for one in left]
    store(row, caller)


def _overruled(row: ChangeSet, place: int, changes: Changes) -> bool:
    old, identity = row.changes[place], row.seen.get(str(place), {}).get("id")
    return old["action"] == "update" and any(
        one["action"] == "update"
        and (one["kind"], one.get("id")) == (old["kind"], identity)
        and old.get("data", {}).keys() <= one.get("data", {}).keys()
        and not any(isinstance(value, dict) for value in old.get("data", {}).values())
        for one in changes
    )
