"""What the script of the overview says, in the person's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def overview_texts() -> dict[str, Any]:
    """By the script's own words; `{n}` and such are filled in there."""
    return {
        "live": _("Live"),
        "lost": _("No answer, trying again…"),
        "requests": _("Requests"),
        "errors": _("Errors"),
        "limited": _("Limited"),
        "requests_hour": _("Requests an hour"),
        "errors_hour": _("Errors an hour"),
        "requests_day": _("Requests a day"),
        "errors_day": _("Errors a day"),
        "summary": _("{name}: now {last}, at most {most}"),
        "of": _("of {n}"),
        "behind": _("{names} behind revision {n}"),
        "serving": _("all serve revision {n}"),
        "service_breaker": _("the service itself"),
    }
