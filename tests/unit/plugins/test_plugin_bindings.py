"""Which plugin configuration is in force: consumer over route over service over global."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from proxy.plugin_bindings import BoundPlugins

LEVELS = ("global", "service", "route", "consumer")
configs = some.fixed_dictionaries({"value": some.integers(0, 9)}, optional={"enabled": some.booleans()})
levels = some.lists(some.dictionaries(some.sampled_from(["a", "b", "c"]), configs), min_size=4, max_size=4)


def in_force(bound: list[dict[str, Any]], name: str) -> Any:
    """By looking from the most specific level down."""
    for plugins in reversed(bound):
        if name in plugins:
            return {"value": plugins[name]["value"]} if plugins[name].get("enabled", True) else None
    return None


@given(levels)
def test_the_most_specific_binding_is_in_force_as_a_whole(bound: list[dict[str, Any]]) -> None:
    merged = BoundPlugins(zip(LEVELS, LEVELS, bound, strict=True))
    for name in ("a", "b", "c"):
        assert merged.get(name) == in_force(bound, name)


@given(levels)
def test_every_enabled_level_is_told_for_policies_that_add_up(bound: list[dict[str, Any]]) -> None:
    merged = BoundPlugins(zip(LEVELS, LEVELS, bound, strict=True))
    told = [(level, config["value"]) for level, _owner, config in merged.levels("a")]
    wanted = [
        (level, plugins["a"]["value"])
        for level, plugins in zip(LEVELS, bound, strict=True)
        if "a" in plugins and plugins["a"].get("enabled", True)
    ]
    assert told == wanted
