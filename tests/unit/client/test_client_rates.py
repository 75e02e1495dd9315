"""What `top` shows of two reads of /metrics."""

from __future__ import annotations

import pytest

from gateway_client.rates import quantile, rates, samples_of

INFINITE = float("inf")


def exposition(ok: int, failed: int, quick: int, slow: int, seconds: float) -> str:
    labels = 'route="users",service="people"'
    return f"""# TYPE gateway_http_requests counter
gateway_http_requests_total{{{labels},method="GET",code="200",status_class="2xx"}} {ok}
gateway_http_requests_total{{{labels},method="GET",code="502",status_class="5xx"}} {failed}
# TYPE gateway_request_duration_seconds histogram
gateway_request_duration_seconds_bucket{{{labels},le="0.1"}} {quick}
gateway_request_duration_seconds_bucket{{{labels},le="+Inf"}} {quick + slow}
gateway_request_duration_seconds_count{{{labels}}} {quick + slow}
gateway_request_duration_seconds_sum{{{labels}}} {seconds}
# TYPE gateway_overhead_duration_seconds histogram
gateway_overhead_duration_seconds_sum{{{labels}}} {seconds / 10}
# TYPE gateway_workers gauge
gateway_workers 4
"""


def test_rates_are_of_what_was_added() -> None:
    before, after = samples_of(exposition(100, 10, 100, 10, 5.0)), samples_of(exposition(118, 12, 120, 10, 6.0))
    [rate] = rates(before, after, 2.0)
    assert (rate.route, rate.service, rate.per_second, rate.errors_per_second) == ("users", "people", 10.0, 1.0)
    assert (rate.mean, rate.own) == (pytest.approx(50.0), pytest.approx(5.0))
    assert rate.p50 == pytest.approx(50.0)


def test_a_counter_that_began_again_counts_from_nothing() -> None:
    before, after = samples_of(exposition(100, 10, 100, 10, 5.0)), samples_of(exposition(6, 0, 6, 0, 0.6))
    [rate] = rates(before, after, 2.0)
    assert (rate.per_second, rate.errors_per_second) == (3.0, 0.0)


def test_a_route_without_requests_has_no_times() -> None:
    same = samples_of(exposition(1, 0, 1, 0, 0.1))
    [rate] = rates(same, same, 2.0)
    assert (rate.per_second, rate.mean, rate.p95, rate.own) == (0.0, None, None, None)


@pytest.mark.parametrize(
    ("share", "buckets", "milliseconds"),
    [
        (0.5, {0.1: 10, INFINITE: 10}, 50),
        (0.95, {0.1: 10, 0.2: 20, INFINITE: 20}, 190),
        (0.95, {0.1: 10, INFINITE: 20}, 100),
        (0.5, {0.1: 0, 0.2: 4, INFINITE: 4}, 150),
        (0.5, {INFINITE: 0}, None),
        (0.5, {}, None),
    ],
)
def test_a_quantile_lies_in_its_bucket(share: float, buckets: dict[float, float], milliseconds: float | None) -> None:
    found = quantile(share, buckets)
    assert found == (None if milliseconds is None else pytest.approx(milliseconds))
