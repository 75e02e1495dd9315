"""What the script of the traffic page says, in the person's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


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
        "split": _("{own} ms in the gateway, {upstream} ms waiting for the instance"),
        "facts": {
            "time": _("Time"),
            "route": _("Route"),
            "service": _("Service"),
            "instance": _("Instance"),
            "user": _("User"),
            "consumer": _("Consumer"),
            "address": _("Client address"),
            "bytes_in": _("Bytes in"),
            "bytes_out": _("Bytes out"),
            "ms": _("In total (ms)"),
            "upstream_ms": _("Waiting for the instance (ms)"),
            "gateway_ms": _("The rest: gateway and streaming (ms)"),
            "retries": _("Retries"),
            "cache": _("Cache"),
            "request_id": _("Request id"),
            "revision": _("Revision"),
            "outcome": _("Outcome"),
            "reason": _("Reason"),
        },
    }
