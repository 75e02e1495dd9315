"""The families of the exposition, beside each other."""

from __future__ import annotations

from gateway_project.metrics import families
from gateway_project.metrics.samples import Samples
from gateway_project.rest.codes import Code
from gateway_project.rest.figures import Moment
from proxy.metering.meters import Meters
from tests.unit.metering.test_meter import ended


def test_every_counter_and_gauge_that_workers_report_is_in_the_exposition() -> None:
    reported = {*families.NODE_COUNTERS.values(), *families.GAUGES.values()}
    assert not reported - set(families.FAMILIES)


def test_g262_what_a_policy_refused_is_counted_by_the_policy() -> None:
    meters = Meters()
    for code, policy in families.POLICIES.items():
        refused = ended(status=int(str(code)[1:4]), outcome=str(code), instance=None)
        meters.route(policy, "users").record(refused, "GET", 0.001)
    denied = Samples(Moment(meters.counters(), {}), 0.0, "1").values[families.DENIED]
    assert denied == {(policy, "users", policy, str(code)): 1 for code, policy in families.POLICIES.items()}
    assert denied["access", "users", "access", str(Code.FORBIDDEN)] == 1
