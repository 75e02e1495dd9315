"""Publishing a change set: the changes and the record of them in one transaction."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from configuration.changesets.apply import apply
from configuration.changesets.item import items_of, masked
from configuration.changesets.seen import refuse_conflicts
from configuration.models import ChangeSet, State
from revisions.change import Change


def publish(row: ChangeSet, current: Change, caller: Any, *, force: bool) -> list[dict[str, Any]]:
    """Within the change `current`: makes the changes and marks the set. Raises `ApiError`; then nothing must stay."""
    if not force:
        refuse_conflicts(row, caller)
    current.because(row.reason)
    results = apply(items_of(row.changes), caller)
    row.state, row.published_at, row.problem = State.PUBLISHED, timezone.now(), {}
    row.changes = masked(row.changes)
    row.save(force_insert=row._state.adding)
    current.on_record.append(lambda number: _recorded(row, number))
    return results


def _recorded(row: ChangeSet, number: int) -> None:
    row.revision = number
    row.save(update_fields=["revision"])
