from __future__ import annotations

import json

import msgspec

from proxy.access_log import AccessLog, AccessRecord
from proxy.traffic.tap import MOST, MOST_BYTES, MOST_FOR_ONE, Tap
from proxy.traffic.wanted import Wanted
from tests.unit.traffic.test_wanted import RECORD

LOG = AccessLog("")


def send(tap: Tap, record: AccessRecord = RECORD, times: int = 1) -> None:
    for _ in range(times):
        tap(record, LOG.line(record))


def test_each_watcher_gets_his_share_however_much_another_wants() -> None:
    tap = Tap(LOG.line)
    tap.watch([Wanted(1), Wanted(2, status="404")])
    send(tap, times=3 * MOST_FOR_ONE)
    send(tap, msgspec.structs.replace(RECORD, status=404))
    shown, skipped = tap.take()
    assert [one.watchers for one in shown] == [[1]] * MOST_FOR_ONE + [[2]]
    assert skipped == {1: 2 * MOST_FOR_ONE + 1}
    assert json.loads(bytes(shown[-1].record))["status"] == 404
    send(tap)
    assert [one.watchers for one in tap.take()[0]] == [[1]]


def test_all_watchers_together_are_bounded_too() -> None:
    tap = Tap(LOG.line)
    tap.watch([Wanted(number, user=str(number)) for number in range(10)])
    for number in range(10):
        send(tap, msgspec.structs.replace(RECORD, user=str(number)), times=MOST_FOR_ONE)
    shown, skipped = tap.take()
    assert (len(shown), sum(skipped.values())) == (MOST, 10 * MOST_FOR_ONE - MOST)


def test_a_long_record_is_shortened_and_stays_within_its_bytes() -> None:
    tap = Tap(LOG.line)
    tap.watch([Wanted(1)])
    send(tap, msgspec.structs.replace(RECORD, path="/" + "\x80" * 8000, user="\x01" * 60_000))
    [shown] = tap.take()[0]
    assert len(bytes(shown.record)) <= MOST_BYTES
    record = json.loads(bytes(shown.record))
    assert (len(record["path"]), len(record["user"]), record["service"]) == (1024, 256, "shop")


def test_calls_of_the_control_plane_are_no_traffic() -> None:
    tap = Tap(LOG.line)
    tap.watch([Wanted(1)])
    send(tap, msgspec.structs.replace(RECORD, route="control", service="control"))
    assert tap.take() == ([], {})
