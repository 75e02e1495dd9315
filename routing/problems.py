"""Whether a route can be compiled, asked before it is: the text for `RouteSpec.problem` (G-504)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from routing.matcher import placed
from routing.spec import RouteSpec
from routing.target import compile_target


def problem_of(route: RouteSpec) -> str:
    """Why the route cannot be compiled, in the words of the error; empty when it can."""
    sound = replace(route, problem="") if route.problem else route
    try:
        deque(placed(sound, None), maxlen=0)
        compile_target(sound)
    except ValueError as error:
        return str(error)
    return ""


def marked(routes: Iterable[RouteSpec]) -> tuple[RouteSpec, ...]:
    """The routes, those that cannot be compiled with their problem; each is tried alone, so for a set that failed."""
    return tuple(replace(route, problem=route.problem or problem_of(route)) for route in routes)
