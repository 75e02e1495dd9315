"""The path at the instance, changed once more after the route's target has given it (G-304, edge rules P1 to P3).

What comes out must be a canonical path: a change that would make `//`, a dot segment or a new escape is refused with
F40000 rather than repaired, because repairing would move the request to where nobody authorised it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from proxy.errors import bad_request
from proxy.exchange import Exchange
from proxy.snapshot.parts import Parts
from routing.path import PathError, PathFlag, canonicalise
from routing.spec import RewriteSpec, RouteSpec
from routing.target import compile_rewrite, compile_target, verified

NAME = "path_rewrite"

_PATH = '^/[!-"$->@-\\[\\]-~]*$'

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "oneOf": [{"required": ["regex", "replacement"]}, {"required": ["prefix"]}],
    "dependentRequired": {"regex": ["replacement"], "replacement": ["regex"]},
    "properties": {
        "regex": {
            "description": "Regular expression; every match in the path is replaced.",
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
        },
        "replacement": {
            "description": "What takes the place of a match; `$1` stands for the first group.",
            "type": "string",
            "maxLength": 500,
        },
        "prefix": {
            "description": "Whole segments taken from the beginning of the path, and others put there; a path that "
            "does not begin with `strip` is left alone.",
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "strip": {
                    "description": "Path to take away, such as `/api/v1`.",
                    "type": "string",
                    "maxLength": 500,
                    "pattern": _PATH,
                    "title": "a path without query",
                    "default": "/",
                },
                "add": {
                    "description": "Path to put in front, such as `/internal`.",
                    "type": "string",
                    "maxLength": 500,
                    "pattern": _PATH,
                    "title": "a path without query",
                    "default": "/",
                },
            },
        },
    },
}

_NONE = PathFlag(0)


def check(config: Mapping[str, Any]) -> None:
    """Raises `ValueError` for an expression that does not compile and for a prefix that is no canonical path."""
    compile_change(config, _NONE)


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """Ambiguous characters are let through where the route itself takes them."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    allowed = PathFlag.ENCODED_DELIMITER if route.path_handling == "keep_encoded" else _NONE
    change, target = compile_change(config, allowed), compile_target(route)

    def path_rewrite(exchange: Exchange) -> None:
        assert exchange.request is not None
        try:
            exchange.upstream_path = change(target(exchange.request.path.path, exchange.captures))
        except PathError as error:
            raise bad_request(f"path: {error}") from None

    return path_rewrite


def compile_change(config: Mapping[str, Any], allowed: PathFlag) -> Callable[[bytes], bytes]:
    """A function from a canonical path to a canonical path."""
    if "regex" in config:
        return compile_rewrite(RewriteSpec(regex=config["regex"], replacement=config["replacement"]), allowed)
    strip, add = (_prefix(config["prefix"].get(name, "/"), name) for name in ("strip", "add"))

    def change(path: bytes) -> bytes:
        if path != strip and not path.startswith(strip + b"/"):
            return path
        rest = path[len(strip) :]
        return verified(add + rest if rest or add else b"/", allowed)

    return change


def _prefix(text: str, name: str) -> bytes:
    """Without its last slash, so that whole segments are compared and joined."""
    path = text.encode("ascii", "replace")
    try:
        canonical = canonicalise(path)
    except PathError as error:
        raise ValueError(f"prefix.{name}: {error}") from None
    if canonical.path != path or canonical.flags:
        raise ValueError(f"prefix.{name}: {text} is not a canonical path")
    return path.rstrip(b"/")
