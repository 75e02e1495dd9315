"""JSON without what two readers could take differently: no key twice, no NaN, no number out of range (G-014).

A value takes many times more memory than the two bytes it may be written in, and its time too; so their number is
bounded before any is made.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any, NoReturn

from proxy.batch.refusal import Refused
from proxy.error_response import gettext_noop as _

MAX_VALUES = 100_000
"""Values, and objects and lists once more, of one document."""
_MARKS = ",[{"
"""One before each value but the first."""


def text_of(document: bytearray) -> str:
    """What `document` says, which is emptied, so that it is not held twice; raises `Refused`."""
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused.whole(_("The body is not UTF-8.")) from None
    document.clear()
    return text


def parse_object(text: str, most_depth: int) -> dict[str, Any]:
    """The object that `text` is, of at most `most_depth` levels; raises `Refused` for anything else."""
    if has_more_values(text, MAX_VALUES):
        raise Refused.whole(_("The body has more than %d values."), MAX_VALUES)
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise Refused.whole(_("The body is nested too deeply.")) from None
    except ValueError as error:
        raise Refused.whole(_("The body is not valid JSON: %s"), _reason(error)) from None
    if not isinstance(found, dict):
        raise Refused.whole(_("The body must be a JSON object."))
    if is_deeper(found, most_depth):
        raise Refused.whole(_("The body is nested too deeply."))
    return found


def has_more_values(text: str, most: int) -> bool:
    """Whether more than `most` values are begun, by counting what stands before them; marks in texts do not count."""
    if sum(map(text.count, _MARKS)) <= most:
        return False
    plain = text.replace(r"\\", "").replace(r"\"", "")
    if plain.count('"') > 4 * most:  # each value is at most a name and a text
        return True
    return sum(outside.count(mark) for outside in plain.split('"')[::2] for mark in _MARKS) > most


def is_deeper(value: Any, depth: int) -> bool:
    """Whether objects and lists lie within each other in more than `depth` levels, `value` being the first."""
    level = [value]
    for _level in range(depth):
        level = [inner for one in level for inner in _members(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _members(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _reason(error: ValueError) -> str:
    return f"{error.msg} ({error.lineno}:{error.colno})" if isinstance(error, json.JSONDecodeError) else str(error)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(name for name, _value in pairs)
        twice = sorted(name for name, times in counted.items() if times > 1)
        refusal = Refused()
        for name in twice[:10]:
            refusal.add(name, _("This key is given more than once."))
        raise refusal
    return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is out of range")
    return value
