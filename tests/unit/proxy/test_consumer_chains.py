"""The chain after authentication follows who is asking."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from proxy.consumer_chains import ConsumerChains
from proxy.errors import GatewayError


def ran(chains: ConsumerChains, consumer: str | None) -> list[str]:
    principal = SimpleNamespace(consumer=consumer) if consumer is not None else None
    exchange: Any = SimpleNamespace(principal=principal, seen=[])
    asyncio.run(chains(exchange))
    return exchange.seen


def says(word: str) -> Any:
    return lambda exchange: exchange.seen.append(word)


def says_later(word: str) -> Any:
    async def later(exchange: Any) -> None:
        exchange.seen.append(word)

    return later


def test_a_consumer_with_plugins_has_a_chain_of_its_own_folded_once() -> None:
    folded: list[str] = []

    def fold(name: str) -> Any:
        folded.append(name)
        return (says(name), says_later("last"))

    chains = ConsumerChains((says("others"),), {"partner"}, fold)
    assert ran(chains, "partner") == ["partner", "last"]
    assert ran(chains, "partner") == ["partner", "last"]
    assert ran(chains, "guest") == ["others"]
    assert ran(chains, None) == ["others"]
    assert folded == ["partner"]


@pytest.mark.parametrize("error", [ValueError("no such thing"), KeyError("rules"), AttributeError("get")])
def test_plugins_that_cannot_be_folded_are_the_routes_error_for_that_consumer_alone(error: Exception) -> None:
    def fold(name: str) -> Any:
        raise error

    chains = ConsumerChains((says("others"),), {"partner"}, fold)
    with pytest.raises(GatewayError) as caught:
        ran(chains, "partner")
    assert caught.value.status == 500
    assert ran(chains, "") == ["others"]
