"""Plain values as YAML or JSON text: the same values, the same bytes.

Text that YAML 1.1 or 1.2 would read as something else is quoted, so that every reader of the file sees the same.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

_BASE = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_UNLIMITED = 1 << 30
"""Columns: a line that was folded would change as a whole when one word of it does."""


class _Dumper(_BASE):  # type: ignore[misc, valid-type] # one of two classes, by what the installation has
    """Writes every value where it stands, and texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always: a value used twice is written twice."""
        return True


def _text(dumper: Any, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
_Dumper.add_implicit_resolver(  # numbers of JSON that YAML 1.1 takes for text
    "tag:yaml.org,2002:float", re.compile(r"-?[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]+"), list("-0123456789")
)


def as_yaml(document: dict[str, Any]) -> str:
    """Keys in the order they have."""
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=_UNLIMITED
    )
    return text


def as_json(document: dict[str, Any]) -> str:
    """Keys in the order they have, two spaces a level."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
