"""How much of the history is kept: so many changes; of older revisions only who, when and why."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from revisions.models import Revision, RevisionItem

AT_ONCE = 5000
"""Changes forgotten in one transaction: a writer waits for no more."""


def prune(keep: int | None = None) -> int:
    """Forgets the oldest changes beyond `keep`, by whole revisions and never the newest; how many went.

    The setting counts where no number is given.
    """
    limit = settings.GATEWAY_HISTORY_CHANGES if keep is None else keep
    first_beyond = RevisionItem.objects.order_by("-pk").values_list("revision_id", flat=True)[limit : limit + 1]
    for oldest in first_beyond:
        newest = Revision.objects.values_list("number", flat=True).first() or 0
        Revision.objects.filter(number__lte=min(oldest, newest - 1), recorded=True).update(recorded=False)
    return _forget()


def _forget() -> int:
    """The changes of revisions that count as unrecorded already: nobody reads them any more."""
    forgotten = 0
    while True:
        with transaction.atomic():
            last = Revision.objects.filter(recorded=False).values_list("number", flat=True).first() or 0
            items = RevisionItem.objects.filter(revision__lte=last).order_by("pk").values("pk")
            count, _by_model = RevisionItem.objects.filter(pk__in=items[:AT_ONCE]).delete()
        forgotten += count
        if count < AT_ONCE:
            return forgotten
