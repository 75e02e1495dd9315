from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from proxy.node.channel import MAX_LINE_BYTES
from proxy.node.messages import Traffic, Watch, decode, encode
from proxy.traffic.feed import FORGOTTEN_SECONDS, MOST_NAMES_BYTES, MOST_WAITING, Feed, TooManyWatchersError
from proxy.traffic.shown import Shown
from proxy.traffic.wanted import Wanted


class Node:
    """A feed on a clock of ours, and what it has asked the workers for."""

    def __init__(self, most: int = 2) -> None:
        self.asked: list[Sequence[Wanted]] = []
        self.now = 100.0
        self.feed = Feed(self.asked.append, most, lambda: self.now)


def shown(service: str, *watchers: int, record: bytes = b"{}") -> Shown:
    return Shown(list(watchers), service, msgspec.Raw(record))


async def test_no_more_watch_than_may_and_a_place_that_is_left_is_free() -> None:
    node = Node(most=1)
    first = node.feed.open(Wanted(0), None)
    with pytest.raises(TooManyWatchersError):
        node.feed.open(Wanted(0), None)
    node.feed.close(first)
    node.feed.close(first)
    node.feed.open(Wanted(0), None)
    assert [len(asked) for asked in node.asked] == [1, 0, 1]


async def test_workers_are_asked_again_while_somebody_watches_and_only_then() -> None:
    node = Node()
    node.feed.renew()
    assert node.asked == []
    watcher = node.feed.open(Wanted(0, route="people"), frozenset({"shop"}))
    node.feed.renew()
    [wanted] = node.asked[-1]
    assert (len(node.asked), wanted.route, wanted.services) == (2, "people", {"shop"})
    assert decode(encode(Watch([wanted]))) == Watch([wanted])
    node.now += FORGOTTEN_SECONDS + 1
    node.feed.renew()
    assert watcher.has_ended
    assert node.asked[-1] == []


async def test_what_a_watcher_may_not_see_does_not_reach_him_whatever_a_worker_shows() -> None:
    node = Node()
    alice, root = node.feed.open(Wanted(0), frozenset({"shop"})), node.feed.open(Wanted(0), None)
    message = decode(encode(Traffic([shown("shop", 1, 2), shown("zebra", 1, 2), shown("", 1, 2)], {1: 3})))
    assert isinstance(message, Traffic)
    node.feed.hear(message.shown, message.skipped)
    assert await alice.next(0) == ([b"{}"], 3)
    assert await root.next(0) == ([b"{}"] * 3, 0)
    node.feed.hear([shown("shop", 1)], {})
    alice.narrow(frozenset({"other"}))
    assert await alice.next(0) == ([], 0)


async def test_who_may_see_more_services_than_a_message_holds_is_not_told_how_much_there_was_of_others() -> None:
    node = Node()
    alice = node.feed.open(Wanted(0), frozenset(f"{number:0100d}" for number in range(MOST_NAMES_BYTES // 100 + 1)))
    assert node.asked[-1][0].services is None
    node.feed.hear([shown("zebra", 1)], {1: 5})
    assert await alice.next(0) == ([], 0)


async def test_who_reads_slowly_loses_the_oldest_and_is_told_how_many() -> None:
    node = Node()
    watcher = node.feed.open(Wanted(0), None)
    node.feed.hear([shown("shop", 1, record=b"%d" % number) for number in range(MOST_WAITING + 5)], {})
    records, skipped = await watcher.next(0)
    assert (records[0], len(records), skipped) == (b"5", MOST_WAITING, 5)


async def test_a_node_that_stops_ends_its_watchers_and_those_that_come_late() -> None:
    node = Node()
    early = node.feed.open(Wanted(0), None)
    node.feed.end()
    late = node.feed.open(Wanted(0), None)
    assert (early.has_ended, late.has_ended) == (True, True)
    assert await late.next(60) == ([], 0)


@pytest.mark.parametrize("letter", ["a", "服", "\U0001f600"])
async def test_as_many_as_may_watch_with_the_longest_filters_fit_into_one_message(letter: str) -> None:
    node = Node(most=32)
    names, filter_ = letter * 20, "\x01" * 255
    for _ in range(32):
        most = 0
        while len(msgspec.json.encode([f"{names}{number}" for number in range(most + 1)])) <= MOST_NAMES_BYTES:
            most += 1
        services = frozenset(f"{names}{number}" for number in range(most))
        node.feed.open(Wanted(0, route=filter_, service=filter_, user=filter_, status="5xx"), services)
    assert all(wanted.services for wanted in node.asked[-1])
    assert len(encode(Watch(list(node.asked[-1])))) < MAX_LINE_BYTES
