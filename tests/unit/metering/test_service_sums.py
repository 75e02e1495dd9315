from __future__ import annotations

from proxy.metering.buckets import DURATION_BOUNDS
from proxy.metering.meter import InstanceMeter, RouteMeter
from proxy.metering.series import key
from proxy.metering.service_sums import FIELDS, SERVICE, ServiceSums
from tests.unit.metering.test_meter import ended


def reported(*requests: tuple[int, str, str], route: str = "r", service: str = "s") -> dict[str, list[float]]:
    """The counters of a route's requests of 20 ms: status, outcome, word of the cache."""
    meter = RouteMeter(route, service)
    for status, outcome, cache in requests:
        meter.record(ended(status=status, outcome=outcome, cache=cache), "GET", 0.02)
    return meter.counters()


def sums(**values: float) -> list[float]:
    counts = [0.0] * (len(DURATION_BOUNDS) + 1)
    counts[4] = values.get("requests", 0.0)  # 10 to 25 ms
    return [*(values.get(name, 0.0) for name in FIELDS), *counts]


def test_routes_of_a_service_are_added_up_and_services_kept_apart() -> None:
    counters = {
        **reported((200, "ok", "hit"), (500, "ok", ""), (429, "F42900", "")),
        **reported((200, "ok", "miss"), (200, "cut", ""), route="other"),
        **reported((200, "ok", "bypass"), service="t"),
        **InstanceMeter("s", "i").counters(),
        key("node", "config_reloads"): [3],
    }
    assert ServiceSums(counters).counters() == {
        key(SERVICE, "s"): sums(requests=5, errors=2, limited=1, cache_asked=2, cache_hits=1),
        key(SERVICE, "t"): sums(requests=1, cache_asked=1),
    }


def test_a_later_report_adds_what_is_new_in_it() -> None:
    first, second = reported((200, "ok", "")), reported((200, "ok", ""), (502, "F50200", ""))
    found = ServiceSums(first)
    for name, values in second.items():
        found.add(name, values, first.get(name))
    assert found.counters() == ServiceSums(second).counters() == {key(SERVICE, "s"): sums(requests=2, errors=1)}
