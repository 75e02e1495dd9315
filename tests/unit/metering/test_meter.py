from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from proxy.metering import meters as module
from proxy.metering.hour_rows import hour_rows
from proxy.metering.meter import MAX_REPLIES, RouteFigures, RouteMeter
from proxy.metering.meters import GONE, Meters
from proxy.metering.series import add, difference, family_and_labels, key


def ended(**changed: Any) -> Any:
    """What a meter reads of an exchange."""
    values = {
        "status": 200,
        "outcome": "ok",
        "instance": object(),
        "upstream_seconds": 0.0,
        "streamed_seconds": 0.0,
        "bytes_in": 0,
        "bytes_out": 0,
        "retries": 0,
        "cache": "",
    }
    return SimpleNamespace(**(values | changed))


def test_a_request_is_in_every_histogram_once_with_its_own_time_apart() -> None:
    meter = RouteMeter("r", "s")
    meter.record(ended(upstream_seconds=0.03, bytes_in=5, bytes_out=70, retries=2), "GET", 0.0302)
    figures = meter.figures()
    assert (figures.requests, figures.retries, figures.bytes_in, figures.bytes_out) == (1, 2, 5, 70)
    assert (figures.seconds, figures.upstream_seconds) == (0.0302, 0.03)
    assert abs(figures.own_seconds - 0.0002) < 1e-9
    assert [counts.index(1) for counts in figures[6:]] == [5, 5, 1]  # ≤ 0.05 s, ≤ 0.05 s, ≤ 0.25 ms


def test_a_download_is_part_of_the_time_but_not_of_the_gateways_own() -> None:
    meter = RouteMeter("r", "s")
    meter.record(ended(upstream_seconds=0.01, streamed_seconds=20.0), "GET", 20.0101)
    figures = meter.figures()
    assert figures.seconds == 20.0101
    assert figures.own_durations[0] == 0
    assert figures.own_durations[1] == 1
    assert abs(figures.own_seconds - 0.0001) < 1e-6


def test_the_time_of_a_websocket_is_that_of_its_handshake() -> None:
    meter = RouteMeter("r", "s")
    meter.record(ended(status=101, upstream_seconds=0.01, streamed_seconds=3600.0), "GET", 3600.012)
    assert abs(meter.figures().seconds - 0.012) < 1e-6


def test_a_request_that_asked_no_instance_is_not_in_the_instances_histogram() -> None:
    meter = RouteMeter("r", "s")
    meter.record(ended(instance=None, status=429, outcome="F42900"), "GET", 0.0002)
    assert sum(meter.figures().upstream_durations) == 0


def test_what_the_cache_did_is_counted_where_there_is_one() -> None:
    meter = RouteMeter("r", "s")
    for word in ("", "miss", "hit", "hit"):
        meter.record(ended(cache=word), "GET", 0.001)
    assert meter.cached == {"miss": 1, "hit": 2}
    assert meter.counters()[key("cache", "r", "s", "hit")] == [2]


def test_methods_clients_invent_are_one_label() -> None:
    meter = RouteMeter("r", "s")
    for number in range(1000):
        meter.record(ended(), f"BREW{number}", 0.001)
    assert meter.replies == {("OTHER", 200, "ok"): 1000}


def test_statuses_an_instance_invents_stay_bounded_and_all_are_counted() -> None:
    meter = RouteMeter("r", "s")
    for status in range(100, 1000):
        meter.record(ended(status=status), "GET", 0.001)
    assert len(meter.replies) <= MAX_REPLIES + 9
    assert sum(meter.replies.values()) == 900


def test_what_travels_is_what_was_counted() -> None:
    meter = RouteMeter("r", "s")
    meter.record(ended(upstream_seconds=0.5), "GET", 0.6)
    figures = meter.figures()
    assert RouteFigures.of(figures.values()) == figures


def test_only_what_changed_is_reported() -> None:
    meters = Meters()
    busy, quiet = meters.route("busy", "s"), meters.route("quiet", "s")
    busy.record(ended(), "GET", 0.001)
    quiet.record(ended(), "GET", 0.001)
    meters.count("config_reloads")
    assert {family_and_labels(name) for name in meters.changed()} == {
        ("route", ("busy", "s")),
        ("route", ("quiet", "s")),
        ("reply", ("busy", "s", "GET", "200", "ok")),
        ("reply", ("quiet", "s", "GET", "200", "ok")),
        ("node", ("config_reloads",)),
    }
    assert meters.changed() == {}
    busy.record(ended(), "GET", 0.001)
    assert {family_and_labels(name)[1][0] for name in meters.changed()} == {"busy"}
    assert set(meters.counters()) >= {
        key("route", "busy", "s"),
        key("route", "quiet", "s"),
        key("node", "config_reloads"),
    }


def test_a_route_keeps_its_meter_and_beyond_the_bound_they_share_one(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MAX_METERS", 2)
    meters = Meters()
    first = meters.route("a", "s")
    meters.route("b", "s")
    assert meters.route("a", "s") is first
    assert meters.route("c", "s") is meters.route("d", "t")
    assert meters.route("c", "s").route == GONE


def test_hour_rows_count_errors_of_500_and_above_and_what_broke_off() -> None:
    meter = RouteMeter("r", "s")
    for status, outcome in ((200, "ok"), (404, "ok"), (500, "ok"), (502, "F50200"), (200, "cut"), (499, "client_gone")):
        meter.record(ended(status=status, outcome=outcome), "GET", 0.001)
    row = hour_rows(meter.counters())["s", "r"]
    assert (row.requests, row.errors) == (6, 3)


def test_sums_and_differences_are_inverse() -> None:
    before, more = {"a": [1.0, 2.0]}, {"a": [3.0, 0.0], "b": [1.0]}
    now = {name: list(values) for name, values in before.items()}
    add(now, more)
    assert difference(now, before) == {"a": [3.0, 0.0], "b": [1.0]}
    assert difference(now, now) == {}
