"""JSON without what two readers could take differently: no key twice, no NaN, no number out of range (G-014)."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from proxy.batch.refusal import Refused
from proxy.error_response import gettext_noop as _


def parse_object(document: bytes) -> dict[str, Any]:
    """The object that `document` is; raises `Refused` for anything else."""
    try:
        found = json.loads(
            document.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite
        )
    except UnicodeDecodeError:
        raise Refused.whole(_("The body is not UTF-8.")) from None
    except RecursionError:
        raise Refused.whole(_("The body is nested too deeply.")) from None
    except ValueError as error:
        raise Refused.whole(_("The body is not valid JSON: %s"), _reason(error)) from None
    if not isinstance(found, dict):
        raise Refused.whole(_("The body must be a JSON object."))
    return found


def _reason(error: ValueError) -> str:
    return f"{error.msg} ({error.lineno}:{error.colno})" if isinstance(error, json.JSONDecodeError) else str(error)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
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
