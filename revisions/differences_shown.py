"""Differences as pages of the console draw them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from revisions.history import Difference
from revisions.models import Action

LONGEST = 300
"""Characters of a value that a page shows."""


def shown(found: list[Difference], total: int, restore: Callable[[Difference], str] = lambda one: "") -> dict[str, Any]:
    """Differences for templates/admin/revisions/differences.html; `restore` tells the page that takes one back."""
    differences = [
        {
            "kind": one.kind,
            "name": one.name,
            "action": one.action,
            "action_shown": Action(one.action).label,
            "changes": sides_shown(one.changes),
            "restore": restore(one),
        }
        for one in found
    ]
    rest = total - len(found)
    return {"differences": differences, "further": _("and %(number)d more") % {"number": rest} if rest else ""}


def sides_shown(changes: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Each field before and after, as text."""
    return {
        name: {"before_shown": text(sides["before"]), "after_shown": text(sides["after"])}
        for name, sides in changes.items()
    }


def text(value: Any) -> str:
    """A value as JSON writes it, texts without quotes, cut where it is long."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"
