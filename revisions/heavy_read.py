"""Reads of the past that take seconds, and how many of them callers who are no administrators may ask for.

| 10,000 routes, changed rows to go through | `as_of`   | comparison of two revisions |
|-------------------------------------------|-----------|-----------------------------|
| 10,000                                    | 1.6…3.4 s | 2.6 s                       |
| 20,000                                    | 1.6…1.8 s | 2.6 s                       |
| 50,000                                    | 1.4…1.6 s | 4.1 s                       |
| 70,000                                    | 3.2…4.2 s | 13.9 s                      |

(SQLite, two busy cores.) So a caller has one of them at a time, all together have `AT_ONCE`, and none goes through more
than `MOST_CHANGES` rows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway_project.rest import access
from gateway_project.rest.codes import Code
from gateway_project.rest.errors import ApiError
from revisions.models import RevisionItem

MOST_CHANGES = 20_000
AT_ONCE = 2
BUSY = gettext_lazy("Reading the past takes long: wait for the answer before you ask again.")

_lock = threading.Lock()
_under_way: list[str] = []
"""The names of those who are reading, in this process."""


@contextmanager
def heavy_read(caller: Any) -> Iterator[None]:
    """One read of the past. Raises `ApiError` (F42900) while the caller, or `AT_ONCE` others, have one under way."""
    if access.is_administrator(caller):
        yield
        return
    name = f"{type(caller).__name__} {caller}"
    with _lock:
        if name in _under_way or len(_under_way) >= AT_ONCE:
            raise ApiError(BUSY, code=Code.TOO_MANY_REQUESTS, headers={"Retry-After": "1"})
        _under_way.append(name)
    try:
        yield
    finally:
        with _lock:
            _under_way.remove(name)


def too_far(caller: Any, older: int, newer: int | None = None) -> str:
    """Why this caller may not have all changes between two revisions gone through; empty if he may."""
    if access.is_administrator(caller):
        return ""
    later = RevisionItem.objects.filter(revision__gt=older)
    between = later if newer is None else later.filter(revision__lte=newer)
    if between[: MOST_CHANGES + 1].count() <= MOST_CHANGES:
        return ""
    told = _("More than %(most)d rows have changed since then. Ask for a later revision, or an administrator.")
    return told % {"most": MOST_CHANGES}
