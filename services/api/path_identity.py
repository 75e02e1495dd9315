"""The text by which a path names a row that has a UUID."""

from __future__ import annotations

import uuid


def as_uuid(text: str) -> uuid.UUID | None:
    """The UUID a path holds, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
