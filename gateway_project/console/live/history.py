"""What was, for the plots of the overview: from the hourly rows (G-260), of the services that the person may see."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse

from gateway_project.console.live.figures import services_of
from gateway_project.metrics.period import GroupBy, Period
from proxy.rollup.ended_hours import EndedHours

SPANS: dict[str, tuple[int, GroupBy]] = {"day": (24, "hour"), "week": (168, "hour"), "month": (720, "day")}
"""Hours back, and what a point stands for."""
ended = EndedHours()
SHOWN = ("time", "requests", "errors", "p50_ms", "p95_ms", "p99_ms")


def history(request: HttpRequest, span: str) -> JsonResponse:
    """Points of a span, the oldest first; a point of no requests has no times."""
    if span not in SPANS:
        raise Http404
    hours, by = SPANS[span]
    groups = Period(hours, services_of(request.user), ended.by_hour).groups(by)
    return JsonResponse({"by": by, "points": [_point(group) for group in groups]})


def _point(group: dict[str, Any]) -> dict[str, Any]:
    point = {name: group[name] for name in SHOWN}
    if not point["requests"]:
        point |= dict.fromkeys(("p50_ms", "p95_ms", "p99_ms"))
    return point
