"""Changes lead from one configuration to exactly the next (G-104), whatever became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions.spec import ConsumerSpec
from proxy.snapshot import difference
from proxy.snapshot.changes import Changes, Splice, changed, changes_between, decode_changes, encode_changes
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.difference import ends_in_common, gone_and_come
from routing.spec import RouteSpec
from services.spec import ServiceSpec

POOL = [
    RouteSpec(id=f"r{n}", service_id="s", service_name="s", path_pattern=f"/{n}", target_url="/", path_kind="exact")
    for n in range(12)
]
COPIES = [replace(one) for one in POOL]
"""Equal, but other objects, as those of another document are."""
OTHERS = [replace(one, priority=1) for one in POOL]
SEQUENCES = st.lists(st.sampled_from([*POOL, *COPIES[:4], *OTHERS]), max_size=14).map(tuple)
CONFIGURATIONS = st.builds(
    lambda routes, services, consumers, plugins: Configuration(
        revision=1, routes=routes, services=services, consumers=consumers, plugins=plugins
    ),
    SEQUENCES,
    st.lists(st.builds(lambda name: ServiceSpec(id=name, name=name), st.sampled_from("abc")), max_size=3).map(tuple),
    st.lists(st.builds(lambda name: ConsumerSpec(id=name, name=name), st.sampled_from("abc")), max_size=2).map(tuple),
    st.sampled_from([{}, {"cors": {}}, {"request_id": {"enabled": True}}]),
)


@given(CONFIGURATIONS, CONFIGURATIONS, st.sampled_from([1, 2, 1024]))
def test_changes_lead_to_the_very_configuration_they_were_told_of(before, now, block):
    difference.BLOCK = block
    try:
        now = replace(now, revision=2)
        assert changed(before, decode_changes(encode_changes(changes_between(before, now)))) == now
    finally:
        difference.BLOCK = 1024


@given(SEQUENCES, SEQUENCES)
def test_the_ends_in_common_do_not_overlap_and_are_equal(before, now):
    head, tail = ends_in_common(before, now)
    assert before[:head] == now[:head]
    assert before[len(before) - tail :] == now[len(now) - tail :]
    assert head + tail <= min(len(before), len(now))


def test_what_is_gone_and_what_has_come_is_told_in_order():
    assert gone_and_come(POOL[:5], [POOL[0], OTHERS[2], POOL[3], POOL[7]]) == (
        [POOL[1], POOL[2], POOL[4]],
        [OTHERS[2], POOL[7]],
    )
    assert gone_and_come(POOL, POOL) == ([], [])


def test_one_route_of_many_is_told_alone():
    before = Configuration(revision=1, routes=tuple(POOL))
    now = Configuration(revision=2, routes=(*POOL[:5], OTHERS[5], *POOL[6:]))
    assert changes_between(before, now) == Changes(revision=2, routes=(Splice(5, 1, (OTHERS[5],)),))
    assert changed(before, changes_between(before, now)).routes[4] is POOL[4]


def test_what_has_not_changed_is_the_very_object():
    before = Configuration(revision=1, routes=tuple(POOL), services=(ServiceSpec(id="a", name="a"),))
    now = replace(before, revision=2, routes=before.routes[1:])
    followed = changed(before, decode_changes(encode_changes(changes_between(before, now))))
    assert followed.services is before.services


@pytest.mark.parametrize("splice", [Splice(11, 2, ()), Splice(-1, 0, ()), Splice(3, -1, ()), Splice(13, 0, ())])
def test_changes_of_another_configuration_are_refused(splice):
    with pytest.raises(ValueError, match="another configuration"):
        changed(Configuration(revision=1, routes=tuple(POOL)), Changes(revision=2, routes=(splice,)))


def test_splices_that_are_not_in_order_are_refused():
    changes = Changes(revision=2, routes=(Splice(5, 1, ()), Splice(2, 1, ())))
    with pytest.raises(ValueError, match="another configuration"):
        changed(Configuration(revision=1, routes=tuple(POOL)), changes)
