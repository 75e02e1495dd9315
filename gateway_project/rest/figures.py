"""Where the control plane asks for the traffic's figures. Whoever counts in this process registers itself.

Keys and values are those of `proxy/metering/series.py`, which this foundation does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

Counters = Mapping[str, Sequence[float]]


class Moment(NamedTuple):
    """All counters since the counting began, and the gauges of now."""

    counters: Counters
    gauges: Mapping[str, float]


class Source(Protocol):
    """Whoever counts."""

    def now(self) -> Moment:
        """All workers together."""

    def gauges(self) -> Mapping[str, float]:
        """The gauges of now, for who needs no counters."""

    def by_service(self) -> Counters | None:
        """What the routes of each service did together (`proxy/metering/service_sums.py`); None when nobody answers."""

    def unwritten(self) -> Any:
        """What the hourly rows may lack (`proxy.rollup.writer.Counted`), or None."""


_sources: list[Source] = []


def register(source: Source) -> None:
    """Makes `source` the one that is asked; the last one registered counts."""
    _sources[:] = [source]


def unregister() -> None:
    """Nobody counts here any more."""
    _sources.clear()


def source() -> Source | None:
    """Whom to ask; None in a process that carries no traffic."""
    return _sources[0] if _sources else None


def now() -> Moment:
    """The figures of now; nothing in a process that carries no traffic."""
    return _sources[0].now() if _sources else Moment({}, {})


def gauges() -> Mapping[str, float]:
    """The gauges of now; none in a process that carries no traffic."""
    return _sources[0].gauges() if _sources else {}
