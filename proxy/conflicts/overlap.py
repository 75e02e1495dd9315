"""What two routes both ask for: hosts, methods, conditions and paths that agree with either. Pure.

Where it cannot be told, the answer is that they share requests: conditions by expressions are not compared, and of two
regular expressions, or of one and the paths below a prefix, only the ends of what they match (`Expression.span`).
"""

from __future__ import annotations

from functools import lru_cache

from proxy.conflicts.atoms import Conditions, network_of, wider
from proxy.conflicts.claims import Claim
from routing.expression import Expression
from routing.index import Entry
from routing.spec import RouteSpec

AFTER_ALL = b"\xff"


def shared_host(one: str, other: str) -> str | None:
    """The host pattern for all hosts that agree with both patterns; None where there are none."""
    if one == other or not other:
        return one
    if not one:
        return other
    for narrow, wide in ((one, other), (other, one)):
        if wide.startswith("*.") and narrow.endswith(wide[1:]):
            return narrow
    return None


def shared_methods(one: Entry[RouteSpec], other: Entry[RouteSpec]) -> frozenset[str | None]:
    """Methods that both answer; None in it stands for any method."""
    if one.methods is None:
        return frozenset((None,)) if other.methods is None else frozenset(other.methods)
    return frozenset(one.methods if other.methods is None else one.methods & other.methods)


def exclude_each_other(one: RouteSpec, other: RouteSpec) -> bool:
    """Whether no request can meet the conditions of both."""
    try:
        mine, theirs = Conditions(one), Conditions(other)
    except ValueError:
        return False
    if any(_contradict(left, right) for left in mine.asks for right in theirs.asks if left[:2] == right[:2]):
        return True
    return bool(mine.networks and theirs.networks) and not any(
        left in wider(right) or right in wider(left) for left in mine.networks for right in theirs.networks
    )


def shared_networks(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Networks for all addresses in both; of two that meet, one holds the other. None stand for any address."""
    if not (one and other):
        return one or other
    return (*_within(one, other), *_within(other, one))


def _within(some: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    holding = {network_of(text) for text in others}
    return [text for text in some if not holding.isdisjoint(wider(network_of(text)))]


def _contradict(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Of two conditions on the same value."""
    operators = {left[2], right[2]}
    if operators == {"equals"}:
        return left[3] != right[3]
    if operators == {"equals", "not_equals"}:
        return left[3] == right[3]
    return "absent" in operators and not operators.isdisjoint(("equals", "present", "matches"))


def shared_paths(one: Claim, other: Claim) -> list[Claim]:
    """Claims each of which holds all paths that both hold; none where there are no such paths.

    What agrees with a regular expression is also among the paths with its head, so there are several.
    """
    met = _met(one, other)
    if met is None or not (_may_hold(one, other) and _may_hold(other, one)):
        return []
    return [met, *(claim for claim in (one, other) if one.regex or other.regex)]


def _met(one: Claim, other: Claim) -> Claim | None:
    """By segments alone."""
    short, long = sorted((one, other), key=lambda claim: len(claim.segments))
    if len(short.segments) == len(long.segments):
        if short.rest != long.rest:
            return None
    elif not short.rest:
        return None
    segments = list(long.segments)
    for place, mine in enumerate(short.segments):
        theirs = segments[place]
        if mine is not None and theirs is not None and mine != theirs:
            return None
        if b"" in (mine, theirs) and None in (mine, theirs):
            return None
        segments[place] = theirs if mine is None else mine
    return Claim(tuple(segments), long.rest)


def _may_hold(one: Claim, other: Claim) -> bool:
    """Whether the expression of `one`, if it has one, may match a path that `other` holds."""
    if not one.regex or one.regex == other.regex:
        return True
    first, last = _span(one.regex)
    if other.is_one_path:
        return first <= other.head <= last and _expression(one.regex).fullmatch(other.head) is not None
    low, high = _span(other.regex) if other.regex else (other.head, other.head + AFTER_ALL)
    return first <= high and low <= last


@lru_cache(maxsize=1024)
def _expression(text: str) -> Expression:
    return Expression(text)


def _span(text: str) -> tuple[bytes, bytes]:
    return _expression(text).span()
