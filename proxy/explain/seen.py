"""What of an explanation somebody may see: nothing of another team's routes, services and instances."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

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
    told = replace(told, candidates=tuple(one for one in told.candidates if one.route.id in routes))
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


def checked_seen(found: Checked, routes: Container[str]) -> Checked:
    """A caller may know whether he may, for asking costs him one request; of another team's route no more than that."""
    if found.route is None or found.route.id in routes:
        return found
    return Checked(allowed=found.allowed, code=found.code, held=found.held)
