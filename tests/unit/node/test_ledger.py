from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.metering.series import key
from proxy.node.ledger import FiguresLedger


def test_a_dead_workers_counts_stay_and_its_gauges_go() -> None:
    ledger = FiguresLedger(0.0)
    ledger.report("worker-1", {"requests": [5]}, 0.0)
    ledger.report("worker-1", {"requests": [7]}, 0.0)
    ledger.report_gauges("worker-1", {"connections": 1})
    ledger.retire("worker-1")
    ledger.report("worker-1.1", {"requests": [1]}, 0.0)
    ledger.report_gauges("worker-1.1", {"connections": 4})
    assert (ledger.totals(), ledger.gauges()) == ({"requests": [8]}, {"connections": 4})


def test_what_a_report_leaves_out_has_not_changed() -> None:
    ledger = FiguresLedger(0.0)
    ledger.report("worker-1", {"a": [1, 2], "b": [3]}, 0.0)
    ledger.report("worker-1", {"b": [4]}, 0.0)
    assert ledger.totals() == {"a": [1, 2], "b": [4]}


def test_a_worker_that_never_reported_leaves_nothing() -> None:
    ledger = FiguresLedger(0.0)
    ledger.retire("worker-1")
    assert (ledger.totals(), ledger.gauges()) == ({}, {})


def test_gauges_all_workers_agree_on_are_not_summed() -> None:
    ledger = FiguresLedger(0.0)
    for worker, healthy in (("worker-1", 2), ("worker-2", 3)):
        ledger.report_gauges(worker, {"healthy_instances": healthy, "target_healthy\x1fs\x1fi": 1, "in_flight": 1})
    assert ledger.gauges() == {"healthy_instances": 3, "target_healthy\x1fs\x1fi": 1, "in_flight": 2}


counted = st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.integers(1, 50), st.integers(0, 4000))
"""A worker's place, what it counts, how many, and the seconds that pass before."""


@given(st.lists(st.one_of(counted, st.integers(0, 3)), max_size=60))
def test_g261_every_count_is_in_the_sum_once_and_in_one_hour_whoever_dies(
    happened: list[tuple[int, str, int, int] | int],
) -> None:
    """A number alone is the place whose worker is replaced. Hours are collected as a writer of rollups would."""
    now = 1000.0
    ledger = FiguresLedger(now)
    generation, own = [0] * 4, [dict.fromkeys("abc", 0) for _ in range(4)]
    expected, by_hour = dict.fromkeys("abc", 0), {}
    collected: dict[int, dict[str, list[float]]] = {}
    for event in happened:
        if isinstance(event, int):
            ledger.retire(f"worker-{event}.{generation[event]}")
            generation[event] += 1
            own[event] = dict.fromkeys("abc", 0)
            continue
        place, key, count, seconds = event
        now += seconds
        own[place][key] += count
        expected[key] += count
        by_hour[int(now // 3600)] = by_hour.get(int(now // 3600), 0) + count
        ledger.report(f"worker-{place}.{generation[place]}", {key: [own[place][key]]}, now)
        collected |= ledger.hours_after(int(now // 3600) - 2, now)
    assert {key: int(values[0]) for key, values in ledger.totals().items()} == {k: v for k, v in expected.items() if v}
    sums = {hour: sum(values[0] for values in counters.values()) for hour, counters in collected.items()}
    assert {hour: count for hour, count in sums.items() if count} == by_hour


def test_sums_of_services_hold_what_dead_and_living_workers_counted_once() -> None:
    ledger = FiguresLedger(0.0)
    reply = key("reply", "r", "s", "GET", "500", "ok")
    ledger.report("worker-1", {reply: [2]}, 0.0)
    ledger.report("worker-1", {reply: [5]}, 0.0)
    ledger.retire("worker-1")
    ledger.report("worker-1.1", {reply: [1]}, 0.0)
    ((name, values),) = ledger.by_service().items()
    assert (name, values[0]) == (key("service", "s"), 6)
