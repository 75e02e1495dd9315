"""What the recorded items say of the past.

The state as of revision n is the state of now with every later change taken back: a row that a later revision
changed was, as of n, what the first of them found. So nothing has to be kept but the items themselves, and a row
that never changed needs no record. decisions/revisions.md has the measurements.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext as _

from gateway_project.rest.errors import NotFound
from revisions.current import current_revision
from revisions.documents import Document, changes_between, is_there, visible
from revisions.models import Action, Revision, RevisionItem
from revisions.recorded import declared, kind_of, model_of


def begins() -> int:
    """The oldest revision whose state can be told: older ones, and what led to them, are not recorded."""
    return Revision.objects.filter(recorded=False).aggregate(newest=Max("number"))["newest"] or 0


def require_known(number: int) -> None:
    """Raises `NotFound` for a revision that is not there yet or whose state cannot be told."""
    if number > current_revision():
        raise NotFound(_("There is no revision %(number)d.") % {"number": number})
    oldest = begins()
    if number < oldest:
        raise NotFound(
            _("The history begins with revision %(oldest)d: there is no record of revision %(number)d.")
            % {"oldest": oldest, "number": number},
            content={"begins": oldest},
        )


def undone(model: type[models.Model], number: int) -> dict[Any, Document | None]:
    """The rows that changed after revision `number`, as they were then; None for those that were not there."""
    later = RevisionItem.objects.filter(kind=kind_of(model), revision__gt=number)
    first = later.order_by().values("object_id").annotate(first=Min("pk")).values("first")
    found = RevisionItem.objects.filter(pk__in=first).values_list("object_id", "before")
    key = model._meta.pk
    return {key.to_python(object_id): before for object_id, before in found}


@dataclass(slots=True)
class Difference:
    """One object in two states; either side may be missing."""

    kind: str
    object_id: str
    name: str
    before: Document | None
    after: Document | None
    service_id: Any = None
    masked: tuple[str, ...] = ()
    """Columns that are masked beside the secrets."""
    changes: dict[str, dict[str, Any]] = field(init=False)
    """Field → {"before", "after"}, secrets masked."""

    def __post_init__(self) -> None:
        model = model_of(self.kind)
        secrets, shown = (*declared(model).secrets, *self.masked), declared(model).shown
        self.changes = changes_between(visible(model, self.before), visible(model, self.after), secrets, shown)

    @property
    def action(self) -> str:
        """What became of the object."""
        was, now = is_there(self.before), is_there(self.after)
        if was == now:
            return Action.UPDATE
        return Action.CREATE if now else Action.DELETE

    def turned(self) -> Difference:
        """The same the other way round."""
        return Difference(self.kind, self.object_id, self.name, self.after, self.before, self.service_id)


def difference_of(item: RevisionItem) -> Difference:
    """What one item says."""
    return Difference(item.kind, item.object_id, item.name, item.before, item.after, item.service_id)


def net(items: Iterable[RevisionItem]) -> list[Difference]:
    """What items, oldest first, come to: each object from its first state to its last, if the two differ. Pure."""
    first: dict[tuple[str, str], RevisionItem] = {}
    last: dict[tuple[str, str], RevisionItem] = {}
    for item in items:
        first.setdefault((item.kind, item.object_id), item)
        last[item.kind, item.object_id] = item
    found = [
        Difference(newest.kind, newest.object_id, newest.name, first[key].before, newest.after, newest.service_id)
        for key, newest in last.items()
    ]
    return [one for one in found if one.changes]


def between(items: QuerySet[RevisionItem], older: int, newer: int) -> list[Difference]:
    """How the state as of revision `newer` differs from that as of `older`, told from one to the other."""
    low, high = sorted((older, newer))
    found = net(items.filter(revision__gt=low, revision__lte=high).order_by("pk").iterator(chunk_size=2000))
    return found if older <= newer else [one.turned() for one in found]
