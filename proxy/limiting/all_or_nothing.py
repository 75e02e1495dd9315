"""Several limits on one request: it is counted by all of them or, when one refuses it, by none (G-342)."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.limiting.encoding import State
from proxy.limiting.rule import LimitRule
from proxy.limiting.verdict import Verdict


class AllOrNothing:
    """A rule on several states at once: one rule a state, in the same order."""

    __slots__ = ("lifetimes", "rules")

    def __init__(self, rules: Sequence[LimitRule]) -> None:
        self.rules = rules
        self.lifetimes = [rule.lifetime for rule in rules]

    def decide(self, states: Sequence[State], now: float) -> tuple[list[Verdict], list[bytes | None]]:
        """Each rule's verdict, and the new states: none at all where one of the rules refuses.

        Beside a refusal the others' verdicts say what would have been.
        """
        decided = [rule.decide(state, now) for rule, state in zip(self.rules, states, strict=True)]
        verdicts = [verdict for verdict, _state in decided]
        if all(verdict.admitted for verdict in verdicts):
            return verdicts, [state for _verdict, state in decided]
        return verdicts, [None] * len(decided)


def tightest(rules: Sequence[LimitRule], verdicts: Sequence[Verdict]) -> int:
    """The place of the limit the client is told of: the least share left, or of those that refuse the longest wait."""
    places = range(len(verdicts))
    refusing = [place for place in places if not verdicts[place].admitted]
    if refusing:
        return max(refusing, key=lambda place: verdicts[place].free_in)
    return min(places, key=lambda place: verdicts[place].remaining / rules[place].limit)
