"""The changes of a set as its page draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from configuration.changesets.told import told
from configuration.files.plan import DEFAULT
from configuration.kinds import KINDS
from configuration.models import ChangeSet, State
from configuration.refusal import Refused
from revisions.differences_shown import text

MOST = 200
"""Changes that a page shows."""
ACTIONS = {"create": _("New"), "update": _("Change"), "delete": _("Delete")}
STALE = {
    "changed": _("It has changed since the draft was written."),
    "gone": _("It is gone, or not yours to see any more."),
}


def items_shown(
    row: ChangeSet, caller: Any, stale: Sequence[Mapping[str, Any]], refused: Refused | None
) -> list[dict[str, Any]]:
    """Each with its fields before and after, and what is wrong with it."""
    problems = {one["index"]: str(STALE[one["problem"]]) for one in stale}
    errors = _errors(refused)
    found = told(row.changes[:MOST], caller, now=row.state != State.PUBLISHED)
    return [
        {
            **one,
            "index": place,
            "action_shown": ACTIONS[one["action"]],
            "sides": {name: sides_shown(sides) for name, sides in one["fields"].items()},
            "address": _address(one),
            "stale": problems.get(place, ""),
            "errors": errors.get(place, []),
        }
        for place, one in enumerate(found)
    ]


def sides_shown(sides: Mapping[str, Any]) -> dict[str, str]:
    """Texts; empty where a side says nothing."""
    return {f"{side}_shown": "" if value is DEFAULT else text(value) for side, value in sides.items()}


def _address(one: Mapping[str, Any]) -> str:
    """The page of the object, where it is there and seen."""
    if not one["object_id"]:
        return ""
    opts = KINDS[one["kind"]].model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[one["object_id"]])


def _errors(refused: Refused | None) -> dict[int, list[str]]:
    """Place of a change → what is wrong with it, each text with its field."""
    listed = refused.details.get("errors") if refused is not None else None
    found: dict[int, list[str]] = {}
    for one in listed if isinstance(listed, list) else ():
        fields = one.get("errors") or {}
        texts = [f"{name}: {told}" for name, many in fields.items() for told in _texts(many)]
        found[one["index"]] = texts or [str(one.get("message", ""))]
    return found


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]
