"""`manage.py check_config`: problems and conflicts of the configuration, for people and pipelines (G-503, G-504)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any, Literal

from django.core.management.base import BaseCommand

from proxy.explain.rows import explainer

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

FAILED = 1


class Command(BaseCommand):
    """Exit code 0, or 1 where something is found that `--fail-on` names or that is worse."""

    help = "Check the configuration: rows that cannot be served (errors), and conflicts (warnings, infos)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--fail-on", choices=SEVERITIES, default="error", help="exit with 1 from this severity on (default error)"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        known = explainer()
        found = findings(known)
        if options["json"]:
            report = {"revision": known.configuration.revision, "findings": found}
            self.stdout.write(json.dumps(report, indent=2, ensure_ascii=False))
        else:
            self._print(found, known.configuration.revision)
        failing = SEVERITIES[: SEVERITIES.index(options["fail_on"]) + 1]
        if any(one["severity"] in failing for one in found):
            sys.exit(FAILED)

    def _print(self, found: list[dict[str, Any]], revision: int) -> None:
        styles = {"error": self.style.ERROR, "warning": self.style.WARNING, "info": self.style.NOTICE}
        for one in found:
            severity = styles[one["severity"]](one["severity"])
            by = f" ({', '.join(one['by'])})" if one["by"] else ""
            self.stdout.write(f"{severity} {one['subject']} {one['name']} [{one['subject_id']}]: {one['text']}{by}")
        counts = ", ".join(f"{sum(one['severity'] == name for one in found)} {name}" for name in SEVERITIES)
        self.stdout.write(f"revision {revision}: {counts}")


def findings(known: Any) -> list[dict[str, Any]]:
    """Problems, then conflicts, in one shape."""
    found = [
        {
            "severity": "error",
            "kind": "problem",
            "subject": one.subject,
            "subject_id": one.subject_id,
            "name": one.name,
            "by": [],
            "text": one.text,
        }
        for one in known.problems
    ]
    found += [
        {
            "severity": one.severity,
            "kind": one.kind,
            "subject": one.subject,
            "subject_id": one.subject_id,
            "name": one.name,
            "by": list(one.by),
            "text": one.text,
        }
        for one in known.conflicts
    ]
    return sorted(found, key=lambda one: SEVERITIES.index(one["severity"]))
