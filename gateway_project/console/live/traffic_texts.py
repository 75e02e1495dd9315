"""What the script of the traffic page says, in the person's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FACTS = {
    "time": gettext_lazy("Time"),
    "route": gettext_lazy("Route"),
    "service": gettext_lazy("Service"),
    "instance": gettext_lazy("Instance"),
    "user": gettext_lazy("User"),
    "consumer": gettext_lazy("Consumer"),
    "address": gettext_lazy("Client address"),
    "bytes_in": gettext_lazy("Bytes in"),
    "bytes_out": gettext_lazy("Bytes out"),
    "ms": gettext_lazy("In total (ms)"),
    "upstream_ms": gettext_lazy("Waiting for the instance (ms)"),
    "gateway_ms": gettext_lazy("The rest: gateway and streaming (ms)"),
    "retries": gettext_lazy("Retries"),
    "cache": gettext_lazy("Cache"),
    "request_id": gettext_lazy("Request id"),
    "trace_id": gettext_lazy("Trace id"),
    "revision": gettext_lazy("Revision"),
    "outcome": gettext_lazy("Outcome"),
    "reason": gettext_lazy("Reason"),
}
"""Names of the fields of a record."""


def traffic_texts() -> dict[str, Any]:
    """By the script's own words; `{n}` and such are filled in there."""
    return {
        "connecting": _("Connecting…"),
        "open": _("Watching"),
        "closed": _("Connection lost, trying again…"),
        "refused": _("Nothing more is shown."),
        "paused": _("Paused"),
        "pause": _("Pause"),
        "go_on": _("Go on"),
        "shown": _("{n} shown"),
        "waiting": _("{n} waiting"),
        "skipped": _("{n} left out: a sample is shown"),
        "copy": _("Copy"),
        "split": _("{own} ms in the gateway, {upstream} ms waiting for the instance"),
        "facts": {name: str(text) for name, text in FACTS.items()},
    }
