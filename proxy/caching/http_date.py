"""The three spellings of a date that HTTP knows (RFC 9110 section 5.6.7), and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), start=1
    )
}
_MONTH = b"(" + b"|".join(_MONTHS) + b")"
_TIME = rb"(\d\d):(\d\d):(\d\d)"
_IMF_FIXDATE = re.compile(rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) " + _MONTH + rb" (\d{4}) " + _TIME + rb" GMT")
_RFC850 = re.compile(rb"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-" + _MONTH + rb"-(\d\d) " + _TIME + rb" GMT")
_ASCTIME = re.compile(rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) " + _MONTH + rb" ([ \d]\d) " + _TIME + rb" (\d{4})")
_CENTURY_TURNS = 70
"""Two-digit years from here on belong to the last century."""


@lru_cache(maxsize=1024)
def http_date(value: bytes) -> float | None:
    """Epoch seconds of a date, None when it is none."""
    if found := _IMF_FIXDATE.fullmatch(value):
        return _epoch(int(found[3]), found[2], found[1], found[4], found[5], found[6])
    if found := _RFC850.fullmatch(value):
        year = int(found[3])
        return _epoch(
            year + (1900 if year >= _CENTURY_TURNS else 2000), found[2], found[1], found[4], found[5], found[6]
        )
    if found := _ASCTIME.fullmatch(value):
        return _epoch(int(found[6]), found[1], found[2], found[3], found[4], found[5])
    return None


def _epoch(year: int, month: bytes, day: bytes, hour: bytes, minute: bytes, second: bytes) -> float | None:
    leap = second == b"60"
    try:
        moment = datetime(
            year, _MONTHS[month], int(day), int(hour), int(minute), 59 if leap else int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    return moment.timestamp() + leap
