"""The rest of a route's chain, for the consumer that is asking: its own plugins may change it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from proxy.errors import broken_route
from proxy.exchange import Exchange

if TYPE_CHECKING:
    from proxy.snapshot.snapshot import Decision


class ConsumerChains:
    """The decision that ends the common part of a chain; each consumer's is folded when it is met first."""

    def __init__(
        self,
        others: tuple[Decision, ...],
        consumers: Collection[str],
        fold: Callable[[str], tuple[Decision, ...]],
    ) -> None:
        """`others` is for whoever is not among `consumers`, the names of those that have plugins."""
        self._others = others
        self._consumers = consumers
        self._fold = fold
        self._folded: dict[str, tuple[Decision, ...]] = {}

    async def __call__(self, exchange: Exchange) -> None:
        """Runs the decisions that are left."""
        for decide in self.chain(exchange):
            waiting = decide(exchange)
            if waiting is not None:
                await waiting

    def own_consumer(self, exchange: Exchange) -> str:
        """The name of the consumer that is asking, where it has plugins; else empty."""
        name = exchange.principal.consumer if exchange.principal is not None else ""
        return name if name in self._consumers else ""

    def chain(self, exchange: Exchange) -> tuple[Decision, ...]:
        """The decisions for whoever is asking; raises `GatewayError` when his plugins cannot be used."""
        name = self.own_consumer(exchange)
        if not name:
            return self._others
        if name not in self._folded:
            try:
                self._folded[name] = self._fold(name)
            except ValueError as error:
                raise broken_route(f"plugins of consumer {name}: {error}") from None
            except Exception as error:  # noqa: BLE001 - a row that is wrong, however, is no fault of ours
                problem = f"{type(error).__name__}: {error}"
                raise broken_route(f"plugins of consumer {name}: {problem}") from None
        return self._folded[name]
