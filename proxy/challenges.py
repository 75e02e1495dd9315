"""What a 401 asks for: every way in that the route has (RFC 9110 section 11.6.1)."""

from __future__ import annotations

from routing.spec import RouteSpec

BEARER = b"Bearer"
DEFAULT_REALM = "api-gateway"


def wants_token(route: RouteSpec) -> bool:
    """Whether the stage `authenticate` serves the route: one that names permissions needs a caller it knows."""
    return route.requires_auth or bool(route.required_permissions)


def challenges_of(route: RouteSpec) -> tuple[bytes, ...]:
    """The challenges of a route with its plugins in force, one a field."""
    found = []
    if "key_auth" in route.plugins:
        found.append(b"ApiKey")
    if "basic_auth" in route.plugins:
        realm = route.plugins["basic_auth"].get("realm", DEFAULT_REALM)
        found.append(b'Basic realm="%b", charset="UTF-8"' % realm.encode("ascii"))
    if wants_token(route):
        found.append(BEARER)
    return tuple(found)
