"""/admin/config: sending a document, and telling what it changes."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from gateway_client.api import Reply
from gateway_client.document import read
from gateway_client.screen import plain
from gateway_client.session import Session
from gateway_client.variables import filled_in

CONFIG = "/admin/config"
JSON, YAML = "application/json", "application/yaml"
SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}
MOST_CHARACTERS = 100
"""Of one value in a line."""


def takes_labels(parser: argparse.ArgumentParser) -> None:
    """`--select-label`."""
    parser.add_argument(
        "--select-label",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="only services, routes and consumers with this label; may be repeated",
    )


def sent(session: Session, options: argparse.Namespace, *, prune: bool, dry_run: bool) -> Reply:
    """What the gateway makes of the file of `options`; stored unless it is a dry run. Raises `Misused`, `Refused`."""
    text = filled_in(read(options.file), os.environ)
    asked = {
        "select_label": options.select_label or None,
        "prune": "true" if prune else None,
        "dry_run": "true" if dry_run else None,
    }
    kind = JSON if text.lstrip().startswith("{") else YAML
    with session.screen.progress("dry run" if dry_run else "import"):
        return session.api.upload(CONFIG, text, kind, params=asked, reason=session.reason)


def plan_lines(content: Mapping[str, Any]) -> Iterator[Text]:
    """One line an object, its fields under it; then what else would come of it, and the sum."""
    for change in content["changes"]:
        sign, colour = SIGNS[change["action"]]
        yield Text(plain(f"{sign} {change['kind'].replace('_', ' ')} {change['name']}"), colour)
        for name, values in change["fields"].items():
            before = "" if change["action"] == "create" else f"{_short(values['before'])} → "
            yield Text(plain(f"    {name}: {before}{_short(values['after'])}"))
    summary = content["summary"]
    counts = ", ".join(f"{summary[action]} to {action}" for action in SIGNS)
    if (unlisted := sum(summary[action] for action in SIGNS) - len(content["changes"])) > 0:
        yield Text(f"… and {unlisted} more")
    yield from effect_lines(content.get("effects") or {})
    yield Text(f"{counts}; {summary['unchanged']} unchanged, {summary['left']} not in the file and left.", "bold")


def effect_lines(effects: Mapping[str, Any]) -> Iterator[Text]:
    """New conflicts, and traffic that would go elsewhere."""
    for conflict in effects.get("conflicts", ()):
        yield Text(plain(f"! {conflict['subject']} {conflict['name']}: {conflict['text']}"), "yellow")
    for route in effects.get("traffic", {}).get("routes", ()):
        to = (route.get("to") or {}).get("name") or "nowhere, or the same route"
        lost = f"{route['share']} of {route['requests']} requests since {effects['traffic']['since']} would go to {to}"
        yield Text(plain(f"! {route['name'] or route['id']} ({route['reason']}): {lost}"), "yellow")


def _short(value: Any) -> str:
    text = value.replace("\n", "⏎") if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
