"""What of an explanation somebody may see: nothing of another team's routes, services and instances."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from typing import Any

from proxy.explain.checking import Checked
from proxy.explain.explanation import Explanation


def route_ids(told: Explanation) -> set[str]:
    """The routes an explanation speaks of."""
    found = {candidate.route.id for candidate in told.candidates}
    return found | ({told.route.id} if told.route is not None else set())


def seen(told: Explanation, routes: Container[str], services: Container[str]) -> Explanation:
    """As who may see these routes, by id, and these services, by name, is told of it.

    Candidates of others are left out. Where one of them serves the request, that is all that is said. A service that
    a stage chose instead of the route's own is judged by itself.
    """
    told = replace(
        told,
        candidates=tuple(one for one in told.candidates if one.route.id in routes),
        steps=tuple(replace(one, details=_details_seen(one.details, services)) for one in told.steps),
    )
    if told.route is not None and told.route.id not in routes:
        return Explanation(
            revision=told.revision,
            outcome="hidden",
            reason="a route of another team serves the request",
            path=told.path,
            candidates=told.candidates,
        )
    if told.upstream is not None and told.upstream.diverted and told.upstream.service not in services:
        hidden = replace(told.upstream, service="", path="", circuit="", instances=(), picked="")
        told = replace(told, upstream=hidden)
    return told


def _details_seen(details: dict[str, Any], services: Container[str]) -> dict[str, Any]:
    """Without the names of services that are hidden: of copies, of parts, of who shares the requests."""

    def shown(name: str) -> str:
        return name if name in services else ""

    found = dict(details)
    if "service" in found:
        found["service"] = shown(found["service"])
    if "parts" in found:
        found["parts"] = {part: shown(name) for part, name in found["parts"].items()}
    if "shares" in found:
        shares = found["shares"]
        found["shares"] = {name: shares[name] for name in shares if name in services}
        if hidden := sum(shares[name] for name in shares if name not in services):
            found["shares"][""] = hidden
    return found


def checked_seen(found: Checked, routes: Container[str]) -> Checked:
    """A caller may know whether he may, for asking costs him one request; of another team's route no more than that."""
    if found.route is None or found.route.id in routes:
        return found
    return Checked(allowed=found.allowed, code=found.code, held=found.held)
