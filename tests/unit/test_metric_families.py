"""The families of the exposition, beside each other."""

from __future__ import annotations

from gateway_project.metrics import families


def test_every_counter_and_gauge_that_workers_report_is_in_the_exposition() -> None:
    reported = {*families.NODE_COUNTERS.values(), *families.GAUGES.values()}
    assert not reported - set(families.FAMILIES)
