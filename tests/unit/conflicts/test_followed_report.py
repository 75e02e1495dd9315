"""G-503, G-501: the report that goes on from another is the report made of the whole configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from permissions.spec import ConsumerSpec
from proxy.conflicts.conflicts import Report
from proxy.conflicts.reach import reach
from proxy.conflicts.shadows import Finder
from proxy.snapshot.configuration import Configuration
from routing.spec import ConditionSpec, RouteSpec
from services.spec import InstanceSpec, ServiceSpec
from tests.unit.conflicts.test_shadows import some_route
from tests.unit.routing_core.routes import a_route

ONE = InstanceSpec(id="i", instance_id="i", scheme="http", host="127.0.0.1", port=1)
PLUGINS: list[dict[str, Any]] = [
    {},
    {"mirror": {"service": "t"}},
    {"redirect": {"location": "/b"}},
    {"aggregate": {"parts": {"x": {"path": "/", "service": "t"}}}},
]
ODD = [
    a_route("^/metrics/.*", path_kind="regex"),
    a_route("/[ab]+", path_kind="regex", priority=1),
    a_route("/admin/*"),
    a_route("/(", path_kind="regex"),
    a_route("/(", path_kind="regex", problem="a mistake"),
    a_route("/a", problem="a mistake", priority=2),
    a_route("/*", header_conditions=(ConditionSpec(name="x-a", operator="matches", value="("),)),
]
"""Reserved, broken, and broken without having been told so."""


def next_routes(random: Random, routes: Sequence[RouteSpec]) -> list[RouteSpec]:
    """The same with a few gone, changed or come."""
    found = list(routes)
    for _ in range(random.randint(0, 3)):
        kind = random.choice(["gone", "other", "plugins", "come", "come", "odd"])
        at = random.randrange(len(found)) if found else None
        number = random.randrange(1000)
        if at is None or kind in ("come", "odd"):
            new = some_route(random, number) if kind != "odd" else replace(random.choice(ODD), created_at=number)
            codes = random.choice([(), ("a",), ("b",)])
            found.append(replace(new, id=f"n{number}", required_permissions=codes))
        elif kind == "gone":
            del found[at]
        elif kind == "other":
            found[at] = replace(some_route(random, number), id=found[at].id)
        else:
            service = random.choice("st")
            values = {"plugins": random.choice(PLUGINS), "service_id": service, "service_name": service}
            found[at] = replace(found[at], **values)
    ids = {route.id: route for route in found}
    return sorted(ids.values(), key=lambda route: (route.created_at, route.id))


def a_configuration(random: Random, routes: Sequence[RouteSpec]) -> Configuration:
    """Services with and without instances, now and then another name or plugin."""
    instances = [(ONE,), (replace(ONE, status="draining"),), ()]
    services = (
        ServiceSpec(id="s", name="s", instances=random.choice(instances), plugins=random.choice([{}, {}, PLUGINS[1]])),
        ServiceSpec(id="t", name=random.choice(["t", "t", "u"]), instances=random.choice(instances)),
    )
    return Configuration(
        revision=1,
        routes=tuple(routes),
        services=services,
        plugins=random.choice([{}, {}, {}, PLUGINS[1]]),
        consumers=(ConsumerSpec(id="c", name="c", plugins=random.choice(PLUGINS[:2])),),
    )


@settings(max_examples=120, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_g501_a_report_that_goes_on_from_another_is_the_whole_one(random: Random) -> None:
    routes = [replace(some_route(random, number), id=f"r{number}") for number in range(random.randint(4, 16))]
    before: Report | None = None
    for _ in range(4):
        configuration = a_configuration(random, routes)
        codes = random.sample(["a", "b", "c"], 2)
        followed, whole = Report(configuration, codes, before), Report(configuration, codes)
        assert followed.conflicts == whole.conflicts
        assert followed.reach.takers == whole.reach.takers
        assert followed.reach.routes == whole.reach.routes
        before, routes = followed, next_routes(random, routes)


def test_g501_the_report_before_stays_as_it_was() -> None:
    routes = tuple(a_route(f"/a/{number}", id=f"r{number}", created_at=number) for number in range(10))
    before = Report(Configuration(revision=1, routes=routes))
    told = list(before.conflicts)
    first = a_route("/a/*", id="first", priority=1)
    after = Report(Configuration(revision=2, routes=(first, *routes)), (), before)
    assert {one.subject_id for one in after.conflicts if one.kind == "shadowed"} == {route.id for route in routes}
    assert Report(Configuration(revision=1, routes=routes)).conflicts == before.conflicts == told


def test_g501_only_routes_that_a_change_has_to_do_with_are_judged_again(monkeypatch: Any) -> None:
    routes = [a_route(f"/a/{number}/*", id=f"r{number}", created_at=number) for number in range(100)]
    before = reach(routes)
    judged: list[str] = []
    takers = Finder.takers
    monkeypatch.setattr(
        Finder, "takers", lambda self, cells: judged.append(cells[0][1].route.id) or takers(self, cells)
    )
    changed = [*routes[:7], replace(routes[7], priority=1), *routes[8:], a_route("/a/9/*", id="new", priority=5)]
    assert reach(changed, before).takers == {"r9": {"new"}}
    assert sorted(judged) == ["new", "r7", "r9"]
