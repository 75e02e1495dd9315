"""Routes for the tests of the pure routing core."""

from __future__ import annotations

from typing import Any

from routing.spec import PathKind, RouteSpec


def kind_of(pattern: str) -> PathKind:
    """The kind the control plane derives for a pattern that names none."""
    if "*" not in pattern.split("/"):
        return "exact"
    return "prefix" if pattern.endswith("/*") and pattern.count("*") == 1 else "pattern"


def a_route(path_pattern: str = "/a", target_url: str = "/", *, id: str = "r", **fields: Any) -> RouteSpec:  # noqa: A002
    """A route with defaults for whatever a test does not speak of."""
    kind = fields.pop("path_kind", None) or kind_of(path_pattern)
    return RouteSpec(
        id=id,
        service_id="s",
        service_name="s",
        path_pattern=path_pattern,
        target_url=target_url,
        path_kind=kind,
        **fields,
    )
