"""One block, one transaction, one revision.

Changes are put in a total order by the lock on the single ConfigurationState row, taken before anything is
written: the numbers follow the commits, and two changes cannot wait for each other's rows. SQLite has one
writer anyway (transactions begin IMMEDIATE).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model

from gateway_project.rest import access
from revisions import guards, in_force, rehearsal, stored, witnesses
from revisions.documents import document_of
from revisions.recorder import Recorder, RowChange


@dataclass(slots=True)
class Change:
    """The change that is being made; `number` is set when the block ends, and stays None if nothing has changed."""

    actor: str = ""
    reason: str = ""
    request_id: str = ""
    number: int | None = None
    effects: dict[str, Any] | None = None
    """What a rehearsal would have done; None for a change that is meant."""
    rehearsed: bool = False
    """Whether everything is taken back at the end."""
    recorder: Recorder = field(default_factory=Recorder)
    guard: guards.Guard = field(default_factory=guards.Open)
    """Judges what the change comes to."""
    on_record: list[Callable[[int], None]] = field(default_factory=list)
    """Called with the number within the transaction, if there is one."""

    def because(self, reason: str) -> None:
        """Says why, before the reason that was given with the change if there is one."""
        self.reason = f"{reason}: {self.reason}"[:500] if self.reason else reason[:500]


_current: ContextVar[Change | None] = ContextVar("revisions_current_change", default=None)


@contextmanager
def change(
    actor: str = "", reason: str = "", request_id: str = "", foresight: rehearsal.Foresight | None = None
) -> Iterator[Change]:
    """A transaction that ends in one Revision if a row has changed. An inner block joins the outer one.

    An exception rolls back the block it leaves: what an inner block wrote is then no part of the outer revision.
    With `foresight` the change is rehearsed: made, looked at, taken back. It uses no number and nobody hears of it.
    Raises at its end what the guard of who acts (`access.acting`) has against it.
    """
    outer = _current.get()
    if outer is not None:
        with transaction.atomic():
            yield outer
        return
    guard = guards.guard_for(access.who_acts())
    current = Change(actor[:200], reason[:500], request_id[:64], rehearsed=foresight is not None, guard=guard)
    with transaction.atomic():
        newest = _lock_state()
        guard.begin(newest)
        if foresight is not None:
            foresight.begin(newest)
        token = _current.set(current)
        try:
            yield current
            rows = list(current.recorder.changes())
            guard.judge(rows)
            if foresight is not None:
                foresight.look(rows)
        finally:
            _current.reset(token)
        if foresight is not None:
            transaction.set_rollback(True)
        elif rows:
            _record(current, newest + 1, rows)
    if foresight is not None:
        current.effects = foresight.effects()


def check(row: Model) -> None:
    """Raises `ValidationError` for a row, not stored yet, that the guard of the change would not let pass."""
    current = _current.get()
    if current is not None:
        current.guard.check(row)


def is_rehearsed() -> bool:
    """Whether what is written now will be taken back: nobody outside the database may be told of it."""
    current = _current.get()
    return current is not None and current.rehearsed


def _lock_state() -> int:
    from revisions.models import ConfigurationState  # models imports this module

    state = ConfigurationState.objects.select_for_update().filter(pk=1).first()
    if state is None:
        state, _created = ConfigurationState.objects.get_or_create(pk=1)
        state = ConfigurationState.objects.select_for_update().get(pk=1)
    return state.revision


def _record(current: Change, number: int, rows: list[RowChange]) -> None:
    from revisions.models import ConfigurationState, Revision, RevisionItem

    ConfigurationState.objects.filter(pk=1).update(revision=number)
    revision = Revision.objects.create(
        number=number, actor=current.actor, reason=current.reason, request_id=current.request_id, recorded=True
    )
    stored.insert(RevisionItem, [document_of(RevisionItem.of(revision, row)) for row in rows], numbered=True)
    witnesses.tell(number, current.actor)
    current.number = number
    for recorded in current.on_record:
        recorded(number)
    transaction.on_commit(lambda: in_force.notify(number))
