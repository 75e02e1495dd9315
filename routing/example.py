"""A request that a route would take, as far as one can be made up: for the page that explains."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from routing.choices import PathKind
from routing.models import Route

ANYTHING = "x"
"""What stands in the place of a `*`."""


def example_of(route: Route) -> dict[str, str]:
    """What addresses of /console/explain/ take. A regular expression gives no path: nobody can tell one that fits."""
    found = {"method": route.methods[0] if route.methods else "GET"}
    if route.hosts:
        found["host"] = route.hosts[0].replace("*", ANYTHING)
    if headers := _conditions(route.header_conditions):
        found["headers"] = "\n".join(f"{name}: {value}" for name, value in headers)
    if route.kind != PathKind.REGEX:
        query = urlencode(_conditions(route.query_conditions))
        path = quote(route.path_pattern.replace("*", ANYTHING), safe="/%:@!$&'()+,;=-._~")
        found["path"] = f"{path}?{query}" if query else path
    return found


def _conditions(conditions: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Names and values that fulfil them; for what an expression asks, nothing is made up."""
    return [
        (one["name"], one.get("value") or ANYTHING) for one in conditions if one["operator"] in ("equals", "present")
    ]
