"""Whether a route can be compiled, asked before it is: the text for `RouteSpec.problem` (G-504)."""

from __future__ import annotations

from dataclasses import replace

from routing.matcher import RouteTable
from routing.spec import RouteSpec
from routing.target import compile_target


def problem_of(route: RouteSpec) -> str:
    """Why the route cannot be compiled, in the words of the error; empty when it can."""
    sound = replace(route, problem="")
    try:
        RouteTable([(sound, None)])
        compile_target(sound)
    except ValueError as error:
        return str(error)
    return ""
