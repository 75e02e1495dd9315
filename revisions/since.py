"""What has changed since a revision, for those who keep what they have read and follow it."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from revisions.models import Revision, RevisionItem

MOST_ITEMS = 2000
"""Beyond so many changed rows, reading all of them anew is as cheap."""


def changed_since(number: int, newest: int) -> Collection[RevisionItem] | None:
    """The rows changed after revision `number` up to `newest`, as items without their revision.

    None where that cannot be told: `number` is not behind, a revision has no record or none any more, or there is too
    much of it.
    """
    if number > newest:
        return None
    later = Revision.objects.filter(number__gt=number, number__lte=newest)
    if later.filter(recorded=True).count() != newest - number:
        return None
    items = RevisionItem.objects.filter(revision__in=later.values("number")).order_by("pk").defer("name")
    found = list(islice(items.iterator(chunk_size=500), MOST_ITEMS + 1))
    return None if len(found) > MOST_ITEMS else found
