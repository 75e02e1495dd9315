"""One request's way past the breakers: the tickets it holds and what they bring back."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from proxy.breaker.circuit_breaker import Result, Ticket
from proxy.breaker.rules import SERVICE, Settlement
from proxy.breaker.service_breakers import Calm, ServiceBreakers
from services.spec import InstanceSpec

LOAN_MARGIN_SECONDS = 1.0
"""How much longer a probe is waited for than its request may take to the head of its answer."""

NO_TICKET = Ticket(-1, 0)
"""Of no generation there is: it brings nothing back."""


class Passage:
    """Made by the stage `break_circuit`, or by the first failure of a request that began in calm.

    The service's breaker learns what became of the request after all retries, that of an instance what became of each
    attempt. `loan_ends` is when a probe that nobody brings back is lost. `successes` is how many requests had gone well
    when this one began: one bad instance among good ones makes many fail at once, and still the service does not fail.
    """

    __slots__ = ("_breakers", "_instance_id", "_loan_ends", "_service_ticket", "_successes", "_ticket", "is_probe")

    def __init__(self, breakers: ServiceBreakers, service_ticket: Ticket, loan_ends: float, successes: int) -> None:
        self._breakers = breakers
        self._service_ticket = service_ticket
        self._loan_ends = loan_ends
        self._successes = successes
        self._instance_id = ""
        self._ticket = NO_TICKET
        self.is_probe = service_ticket.probe > 0
        """Whether somebody waits for what this request tells."""

    @classmethod
    def of_calm(cls, calm: Calm, instance_id: str, loan_ends: float, successes: int) -> Passage:
        """That of a request which needed none so far."""
        passage = cls(calm.breakers, calm.ticket(SERVICE), loan_ends, successes)
        passage._instance_id, passage._ticket = instance_id, calm.ticket(instance_id)
        return passage

    def avoiding(self, tried: Sequence[str]) -> Collection[str]:
        """The ids of instances not to be picked: those tried, and those whose breaker lets nobody pass."""
        return self._breakers.avoiding(tried, time.monotonic())

    def enter(self, instance_id: str) -> bool:
        """Whether the instance's breaker lets this request pass."""
        ticket = self._breakers.admit(instance_id, time.monotonic(), self._loan_ends)
        if ticket is None:
            return False
        self._instance_id, self._ticket = instance_id, ticket
        if ticket.probe:
            self.is_probe = True
        return True

    def answered(self, *, success: bool) -> None:
        """The instance answered, which is the answer to the request."""
        result: Result = "success" if success else "failure"
        own = Settlement(SERVICE, self._service_ticket, self._of_service(result))
        self._breakers.settle((Settlement(self._instance_id, self._ticket, result), own), time.monotonic())
        self._breakers.successes += success

    def attempt_ended(self, result: Result) -> None:
        """An attempt ended without an answer."""
        self._breakers.settle((Settlement(self._instance_id, self._ticket, result),), time.monotonic())

    def request_ended(self, result: Result) -> None:
        """The request ended without an answer of an instance."""
        own = Settlement(SERVICE, self._service_ticket, self._of_service(result))
        self._breakers.settle((own,), time.monotonic())

    def _of_service(self, result: Result) -> Result:
        return "stray" if result == "failure" and self._breakers.successes != self._successes else result

    def leave(self) -> None:
        """The request is over. Probes that told nothing, as when the client left, are given back."""
        if self.is_probe:
            self.attempt_ended("nothing")
            self.request_ended("nothing")

    def seconds_blocked(self, candidates: Sequence[InstanceSpec]) -> int | None:
        """Whole seconds until the first candidate may be asked, None when one may be asked now."""
        now = time.monotonic()
        blocked = self._breakers.blocked(now)
        if not all(instance.id in blocked for instance in candidates):
            return None
        return self._breakers.retry_after([instance.id for instance in candidates], now)
