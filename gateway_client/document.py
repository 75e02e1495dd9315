"""What the user writes about an object: fields on the command line, or a document in a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway_client.errors import Misused


def fields_of(words: Sequence[str], file: str = "") -> dict[str, Any]:
    """`name=value` pairs over the object in `file`. A value that reads as JSON is that, any other is text."""
    fields: dict[str, Any] = {}
    if file:
        found = parsed(read(file), file)
        if not isinstance(found, dict):
            raise Misused(f"{file}: an object of fields is expected")
        fields = found
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise Misused(f"{word}: a field is given as name=value")
        try:
            fields[name] = json.loads(value)
        except ValueError:
            fields[name] = value
    if not fields:
        raise Misused("no field is given: name=value, or --file")
    return fields


def read(file: str) -> str:
    """The text of a file; `-` is standard input."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"{file}: {error}") from error


def parsed(text: str, file: str) -> Any:
    """The value of a JSON document."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise Misused(f"{file}: {error}") from error
