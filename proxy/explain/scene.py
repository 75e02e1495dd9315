"""What a rehearsal has before it: the request on its way, its route's stages, and where the counts are looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxy.exchange import Exchange
from proxy.limiting.limit import Limit
from proxy.limiting.verdict import Verdict
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

Look = Callable[[Sequence[bytes], Sequence[Limit]], Awaitable[list[Verdict]]]
"""What limits would say to a request with these keys, counting nothing."""


@dataclass(slots=True)
class Scene:
    """`spec` is the route with the plugins in force; `details` is what the stage at hand has to tell."""

    exchange: Exchange
    spec: RouteSpec
    parts: Parts
    look: Look
    details: dict[str, Any] = field(default_factory=dict)

    def config(self, plugin: str) -> dict[str, Any]:
        """The configuration in force of a plugin, empty where there is none."""
        return dict(self.spec.plugins.get(plugin, {}))


class Untold(Exception):
    """A stage whose answer cannot be told without doing what it does; the text says why.

    `ends` where nothing after it can be told either.
    """

    def __init__(self, why: str, *, ends: bool = False) -> None:
        super().__init__(why)
        self.ends = ends


class Forwarded(Exception):
    """The end of the chain: an instance would be asked."""
