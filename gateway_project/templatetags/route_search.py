"""The route that a searched request would come to, above the list of routes."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from gateway_project.console.explain.shown import shown
from gateway_project.explain.answering import explained
from proxy.explain.asked import Asked
from proxy.explain.explanation import Explanation
from routing.path_search import PathSearch, path_search

MOST_NEAR = 3
"""Routes that nearly fit, where none does."""

register = template.Library()


@register.inclusion_tag("admin/routes/found.html", takes_context=True)
def route_of_search(context: Any, text: str) -> dict[str, Any]:
    """Empty for a text that is no path. The matcher is that of the traffic, through the page that explains."""
    searched = path_search(text)
    if searched is None:
        return {"found": None}
    caller = context["request"].user
    told = explained(caller, _asked(searched), None)
    found = shown(told, caller, _question(searched))
    near = [one for one in found["candidates"] if not one["serves"]][:MOST_NEAR]
    return {
        "found": found,
        "route": found["route"],
        "serving": next((one for one in found["candidates"] if one["serves"]), None),
        "near": near,
        "why_none": _why_none(told),
        "asked": f"{searched.method or 'GET'} {searched.host}{searched.target}",
        "explain": f"{reverse('answers:explain')}?{urlencode(_question(searched))}",
    }


def _asked(searched: PathSearch) -> Asked:
    plain = Asked(target=searched.target)
    return Asked(
        method=searched.method or plain.method,
        target=searched.target,
        host=searched.host or plain.host,
        scheme=searched.scheme or plain.scheme,
    )


def _question(searched: PathSearch) -> dict[str, str]:
    named = {"method": searched.method, "path": searched.target, "host": searched.host, "scheme": searched.scheme}
    return {name: value for name, value in named.items() if value}


def _why_none(told: Explanation) -> str:
    return told.outcome if told.outcome in ("control", "hidden", "batch") else "none"
