"""A request as a worker hands it on to those who watch."""

from __future__ import annotations

import msgspec


class Shown(msgspec.Struct, frozen=True):
    """The watchers who want it, its service, and its record as a line of the access log, without the end of line."""

    watchers: list[int]
    service: str
    record: msgspec.Raw
