"""Which plugin configuration is in force for a request: consumer over route over service over global."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from services.spec import ENABLED

Config = Mapping[str, Any]
Level = Literal["global", "service", "route", "consumer"]
Binding = tuple[Level, str, Mapping[str, Config]]
"""A level, the id of what the plugins are bound to, and name → configuration."""


class BoundPlugins(dict[str, Config]):
    """Name → the most specific configuration, without those that it switches off.

    `levels` is for policies that add up instead of replacing each other.
    """

    __slots__ = ("_bindings",)

    def __init__(self, bindings: Iterable[Binding]) -> None:
        """`bindings` from the least to the most specific."""
        self._bindings = tuple(bindings)
        merged: dict[str, Config] = {}
        for _level, _owner, plugins in self._bindings:
            merged.update(plugins)
        super().__init__({name: _own(config) for name, config in merged.items() if config.get(ENABLED, True)})

    def levels(self, name: str) -> tuple[tuple[Level, str, Config], ...]:
        """Every enabled configuration of one plugin: level, owner's id, configuration; the widest first."""
        return tuple(
            (level, owner, _own(plugins[name]))
            for level, owner, plugins in self._bindings
            if name in plugins and plugins[name].get(ENABLED, True)
        )


def _own(config: Config) -> Config:
    return {name: value for name, value in config.items() if name != ENABLED} if ENABLED in config else config
