"""One question answered as far as who asks may know: what the REST API and the console both call."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync

from gateway_project.explain.sight import routes_seen, services_seen
from gateway_project.rest.errors import field_errors
from proxy.explain.asked import Asked
from proxy.explain.explainer import Explainer
from proxy.explain.explanation import Explanation
from proxy.explain.rows import explainer
from proxy.explain.seen import route_ids, seen
from revisions.heavy_read import heavy_read, too_far


def explained(caller: Any, asked: Asked, number: int | None) -> Explanation:
    """As of now, or of a revision. Raises `NotFound` for a revision that nobody can tell of, else as `_explainer`."""
    told = async_to_sync(_explainer(caller, number).explain)(asked)
    return seen(told, routes_seen(caller, route_ids(told)), services_seen(caller))


def _explainer(caller: Any, number: int | None) -> Explainer:
    """Raises `BadRequest` and F42900 for too much of the past (`revisions.heavy_read`)."""
    if number is None:
        return explainer()
    if told := too_far(caller, number):
        raise field_errors({"as_of": told})
    with heavy_read(caller):
        return explainer(number)
