"""The number of the newest revision, or of the one that is being read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_moment: ContextVar[int | None] = ContextVar("revisions_moment", default=None)


def current_revision() -> int:
    """The newest, from the database, or the one `as_of` reads; 0 before the first. Raises Django's database errors."""
    from revisions.models import ConfigurationState

    past = moment()
    if past is not None:
        return past
    found = ConfigurationState.objects.filter(pk=1).values_list("revision", flat=True).first()
    return found or 0


def moment() -> int | None:
    """The earlier revision that is being read; None where rows are read as they are now."""
    return _moment.get()


@contextlib.contextmanager
def reading(number: int) -> Iterator[None]:
    """Says that rows read within the block are those of an earlier revision; `as_of` makes it so."""
    token = _moment.set(number)
    try:
        yield
    finally:
        _moment.reset(token)
