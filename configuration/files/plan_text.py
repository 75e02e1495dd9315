"""A plan for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from configuration.files.plan import Change, FieldChange, Plan, shown

SIGNS = {"create": "+", "update": "~", "delete": "-"}
MOST_CHARACTERS = 100
"""Of one value in a line."""


def plan_lines(plan: Plan, *, may_prune: bool = True) -> Iterator[str]:
    """One line an object, its fields under it, the sum, and what could be pruned."""
    for change in plan.changes:
        yield f"{SIGNS[change.action]} {change.kind.replace('_', ' ')} {change.name}"
        yield from (f"    {_field(change, one)}" for one in change.fields)
    if plan.changes:
        yield ""
    yield summary(plan)
    if plan.left and may_prune:
        yield f"{len(plan.left)} not in the file are left as they are; --prune would delete them."


def summary(plan: Plan) -> str:
    """The sum in one sentence."""
    if not plan.changes:
        return f"No changes: {plan.unchanged} objects are as the file says."
    told = ", ".join(f"{plan.count(action)} to {action}" for action in SIGNS)
    return f"Plan: {told}; {plan.unchanged} unchanged."


def _field(change: Change, one: FieldChange) -> str:
    after = _short(one.after)
    return f"{one.place}: {after}" if change.action == "create" else f"{one.place}: {_short(one.before)} → {after}"


def _short(value: Any) -> str:
    value = shown(value)
    text = value.replace("\n", "⏎") if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def plan_document(plan: Plan) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "summary": {
            **{action: plan.count(action) for action in SIGNS},
            "unchanged": plan.unchanged,
            "left": len(plan.left),
        },
        "changes": [
            {
                "action": change.action,
                "kind": change.kind,
                "name": change.name,
                "fields": {
                    one.place: {"before": shown(one.before), "after": shown(one.after)} for one in change.fields
                },
            }
            for change in plan.changes
        ],
    }
