"""What came of an attempt, told to everybody who judges an instance by how it does: health, breakers, balancer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.breaker.passage import LOAN_MARGIN_SECONDS, Passage
from proxy.exchange import Exchange
from proxy.forwarding.failure import AttemptFailed

if TYPE_CHECKING:
    from proxy.breaker.service_breakers import Calm


def report(exchange: Exchange, instance_id: str, failure: AttemptFailed, *, is_repeatable: bool) -> None:
    """An attempt failed.

    A stale connection says nothing of the instance where a fresh one comes next; where none may, there is doubt.
    """
    assert exchange.service is not None
    assert exchange.balancer is not None
    counts = not failure.stale and failure.kind != "busy"
    exchange.runtime.observe.attempt_failed(exchange, "stale" if failure.stale else failure.kind)
    if counts:
        exchange.service.report(instance_id, success=False)
    elif failure.stale and not is_repeatable:
        exchange.service.report(instance_id, success=False, is_certain=False)
    if exchange.passage is None and exchange.calm is not None:
        _passage(exchange, exchange.calm, instance_id)
    if exchange.passage is not None:
        exchange.passage.attempt_ended("failure" if counts else "nothing")
    if not failure.stale:
        exchange.balancer.failed(instance_id)


def answered(exchange: Exchange, instance_id: str, status: int) -> None:
    """The same for an answer; one of 500 or more is a failure."""
    assert exchange.service is not None
    exchange.service.report(instance_id, success=status < 500)
    passage, calm = exchange.passage, exchange.calm
    if passage is None:
        if calm is None:
            return
        if status < 500 and calm.holds():
            calm.breakers.successes += 1
            return
        passage = _passage(exchange, calm, instance_id)
    passage.answered(success=status < 500)


def _passage(exchange: Exchange, calm: Calm, instance_id: str) -> Passage:
    """That of a request which began in calm."""
    loan_ends = exchange.deadline + LOAN_MARGIN_SECONDS
    exchange.passage = passage = Passage.of_calm(calm, instance_id, loan_ends, exchange.successes)
    return passage
