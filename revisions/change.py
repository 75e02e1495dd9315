"""One block, one transaction, one revision.

Changes are put in a total order by the lock on the single ConfigurationState row, taken before anything is
written: the numbers follow the commits, and two changes cannot wait for each other's rows. SQLite has one
writer anyway (transactions begin IMMEDIATE).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import transaction

from revisions import in_force


@dataclass(slots=True)
class Change:
    """The change that is being made; `number` is set when the block ends, and stays None if nothing was written."""

    actor: str = ""
    reason: str = ""
    request_id: str = ""
    number: int | None = None
    rows: int = 0

    def touch(self, rows: int) -> None:
        """Counts rows written; the first makes this a revision."""
        self.rows += rows


_current: ContextVar[Change | None] = ContextVar("revisions_current_change", default=None)


@contextmanager
def change(actor: str = "", reason: str = "", request_id: str = "") -> Iterator[Change]:
    """A transaction that ends in one Revision if a row was written. An inner block joins the outer one.

    An exception rolls back the block it leaves: an inner block's rows then do not count for the outer revision.
    """
    outer = _current.get()
    if outer is not None:
        yield from _joined(outer)
        return
    current = Change(actor=actor[:200], reason=reason[:500], request_id=request_id[:64])
    with transaction.atomic():
        newest = _lock_state()
        token = _current.set(current)
        try:
            yield current
        finally:
            _current.reset(token)
        if current.rows:
            _record(current, newest + 1)


def _joined(outer: Change) -> Iterator[Change]:
    rows = outer.rows
    try:
        with transaction.atomic():
            yield outer
    except BaseException:
        outer.rows = rows
        raise


def _lock_state() -> int:
    from revisions.models import ConfigurationState  # models imports this module

    state = ConfigurationState.objects.select_for_update().filter(pk=1).first()
    if state is None:
        state, _created = ConfigurationState.objects.get_or_create(pk=1)
        state = ConfigurationState.objects.select_for_update().get(pk=1)
    return state.revision


def _record(current: Change, number: int) -> None:
    from revisions.models import ConfigurationState, Revision

    ConfigurationState.objects.filter(pk=1).update(revision=number)
    Revision.objects.create(number=number, actor=current.actor, reason=current.reason, request_id=current.request_id)
    current.number = number
    transaction.on_commit(lambda: in_force.notify(number))
