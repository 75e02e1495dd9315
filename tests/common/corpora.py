"""Published collections of hostile input, kept in tests/corpora."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "corpora"
REPEATED = {"n_structure_100000_opening_arrays": 100_000, "n_structure_open_array_object": 250_000}
"""Documents that are one thing again and again, and how long they are. The file has their beginning."""


@cache
def json_documents() -> dict[str, bytes]:
    """By name: `y_` must be accepted by a parser of JSON (RFC 8259), `n_` refused, `i_` is free to choose."""
    stored = json.loads((FOLDER / "json_parsing.json").read_text("utf-8"))
    documents = {name: text.encode("utf-8", "surrogateescape") for name, text in stored.items()}
    for name, length in REPEATED.items():
        part = documents[name].strip()
        documents[name] = (part * (length // len(part) + 1))[:length]
    return documents


def documents(kind: str) -> dict[str, bytes]:
    """Those of one letter."""
    return {name: body for name, body in json_documents().items() if name.startswith(kind)}


@cache
def naughty_strings() -> tuple[str, ...]:
    """Texts that have broken programs which took them from a person."""
    return tuple(json.loads((FOLDER / "naughty_strings.json").read_text("utf-8")))
