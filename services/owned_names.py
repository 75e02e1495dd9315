"""Names of the services that belong to teams, as this process compiled them last.

For what must answer while the database hangs. A name is remembered after its service is gone: its figures outlive it.
"""

from __future__ import annotations

from collections.abc import Mapping

_names: list[frozenset[str]] = [frozenset()]


def remember(owned: Mapping[str, bool]) -> None:
    """Takes every service there is: its name, and whether it has an owner."""
    now = {name for name, has_owner in owned.items() if has_owner}
    _names[0] = frozenset((_names[0] - owned.keys()) | now)


def owned_names() -> frozenset[str]:
    """The names."""
    return _names[0]
