"""A JSON parser that refuses what Python's own lets through (G-014).

Refused: another media type, a body over the limit, bytes that are not UTF-8, duplicate keys, NaN and infinities,
a top level that is no object, nesting deeper than `MAX_DEPTH`, NUL characters and lone surrogates anywhere.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from gateway_project.rest.errors import BadRequest, TooLarge, field_errors

MAX_DEPTH = 32
"""Levels of nesting; a configuration document needs five or six."""
SURROGATE = re.compile("[\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """The only parser of the control plane's REST API."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """The body as a dictionary. Raises `BadRequest` (F40000) or `TooLarge` (F41300)."""
        limit = settings.GATEWAY_OPTIONS.max_control_body_bytes
        view = (parser_context or {}).get("view")
        limit = min(limit, getattr(view, "max_body_bytes", limit))
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        return parse_document(body)


def parse_document(body: bytes) -> dict[str, Any]:
    """A JSON object from bytes. Raises `BadRequest` that says what is wrong and, for a value, in which field."""
    try:
        document = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise BadRequest(_("The body is not UTF-8.")) from error
    except RecursionError as error:
        raise BadRequest(_("The body is nested too deeply.")) from error
    except ValueError as error:
        raise BadRequest(_("The body is not valid JSON: %s") % _reason(error)) from error
    if not isinstance(document, dict):
        raise BadRequest(_("The body must be a JSON object."))
    _check_values(document)
    return document


def _reason(error: ValueError) -> str:
    return f"{error.msg} ({error.lineno}:{error.colno})" if isinstance(error, json.JSONDecodeError) else str(error)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(name for name, _value in pairs)
        twice = sorted(name for name, times in counted.items() if times > 1)
        errors = {printable(name): _("This key is given more than once.") for name in twice[:10]}
        raise field_errors(errors)
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(_("%s is not JSON") % text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(_("a number is out of range"))
    return value


def _check_values(document: dict[str, Any]) -> None:
    errors: dict[str, str] = {}
    for name, value in document.items():
        problem = next(_problems({name: value}, 1), "")
        if problem:
            errors[printable(name)] = problem
    if errors:
        raise field_errors(errors)


def _problems(value: Any, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        yield _("This value is nested too deeply.")
    elif isinstance(value, str):
        if text_problem(value):
            yield text_problem(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _problems(name, depth)
            yield from _problems(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _problems(inner, depth + 1)


def text_problem(value: str) -> str:
    """Why a database cannot hold this text; empty when it can."""
    if "\x00" in value:
        return _("NUL characters are not allowed.")
    if SURROGATE.search(value):
        return _("Lone surrogates are not allowed.")
    return ""


def printable(name: str) -> str:
    """A key that can be sent back in JSON: characters UTF-8 cannot carry and NUL are escaped, 100 at most."""
    return name.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")[:100]
