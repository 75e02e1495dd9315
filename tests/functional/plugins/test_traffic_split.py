"""Which of several services answers: by mark, by exact share, and for each caller the same one."""

from __future__ import annotations

import asyncio
import gc
import json
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as some

from proxy.cookies import cookie_value
from proxy.splitting import SmoothSplit, place_of
from proxy.stages.traffic_split import check
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import ask_all, get
from tests.common.scripted_upstream import echoing, scripted

weights = some.lists(some.integers(0, 50), min_size=1, max_size=5).filter(any)


@given(weights)
def test_of_as_many_choices_as_the_weights_sum_up_to_each_place_has_its_weight(shares: list[int]):
    split = SmoothSplit(shares)
    for _ in range(3):
        chosen = Counter(split.next() for _ in range(sum(shares)))
        assert [chosen[place] for place in range(len(shares))] == shares


def test_ten_percent_of_a_thousand_are_a_hundred_and_never_two_in_a_row():
    split = SmoothSplit([10, 90])
    chosen = [split.next() for _ in range(1000)]
    assert chosen.count(0) == 100
    assert all(0 not in chosen[place + 1 : place + 10] for place, one in enumerate(chosen) if one == 0)


@given(some.binary(max_size=20), weights, some.integers(0, 50))
def test_a_key_keeps_its_place_and_the_first_place_keeps_its_keys_when_nothing_else_changes(key, shares, other):
    assert place_of(key, shares) == place_of(key, list(shares))
    assert shares[place_of(key, shares)] > 0
    total = sum(shares)
    if place_of(key, [other, max(total - other, 1)]) == 0 and total > other:
        assert place_of(key, [other + 1, total - other - 1] if total - other > 1 else [total, 0]) == 0


@given(some.lists(some.tuples(some.sampled_from(["a", "b"]), some.text("xyz=", max_size=3)), max_size=4))
def test_the_first_cookie_of_a_name_is_read(pairs):
    line = "; ".join(f"{name}={value}" for name, value in pairs).encode()
    wanted = next((value.encode() for name, value in pairs if name == "a"), None)
    assert cookie_value([(b"cookie", line)] if pairs else [], b"a") == wanted


@asynccontextmanager
async def split_gateway(*rules, options=None, **fields):
    """A gateway whose route belongs to `s` (upstream `old`), with a service `new` beside it."""
    config = {"traffic_split": {"rules": list(rules)}}
    async with scripted(echoing("old")) as old, scripted(echoing("new")) as new:
        services = (service(old.port), service(new.port, id="n", name="new"))
        spec = route(plugins=config, rate_limit_rpm=None, **fields)
        async with edge_gateway(spec, services=services, **(options or {})) as gateway:
            gateway.again = lambda: gateway.configure(spec, services=services)
            yield gateway


async def answered(gateway, *requests: bytes) -> list[str]:
    return [one.body.split()[0].decode() for one in await ask_all(gateway.port, *requests)]


TENTH = {"split": [{"service": "new", "weight": 10}, {"weight": 90}]}


async def test_a_tenth_of_the_requests_is_exactly_a_tenth_also_over_reloads():
    async with split_gateway(TENTH) as gateway:
        found = []
        for _ in range(10):
            found += await answered(gateway, *[get("/")] * 20)
            gateway.again()
            gc.collect()
        assert Counter(found) == {"new": 20, "old": 180}


async def test_a_mark_in_field_cookie_or_query_chooses_and_all_of_a_rule_must_hold():
    marked = {
        "match": {
            "headers": [{"name": "X-Canary", "value": "yes"}],
            "cookies": [{"name": "beta", "operator": "present"}],
            "query": [{"name": "v", "operator": "matches", "value": "2(\\..*)?"}],
        },
        "split": [{"service": "new"}],
    }
    async with split_gateway(marked) as gateway:
        header, cookie = "X-Canary: yes", "Cookie: a=1; beta=x"
        found = await answered(
            gateway, get("/?v=2.1", header, cookie), get("/?v=3", header, cookie), get("/?v=2", cookie),
            get("/?v=2", header), get("/?v=2&v=3", header, cookie), get("/?v=2", header, "Cookie: abeta=1"),
        )  # fmt: skip
        assert found == ["new", "old", "old", "old", "old", "old"]


async def test_the_first_rule_that_matches_decides():
    inside = {"match": {"headers": [{"name": "x-team", "operator": "present"}]}, "split": [{"service": "new"}]}
    nobody = {"split": [{"service": "new", "weight": 0}, {"weight": 1}]}
    async with split_gateway(inside, nobody, {"split": [{"service": "new"}]}) as gateway:
        assert await answered(gateway, get("/", "X-Team: a"), get("/")) == ["new", "old"]


@pytest.mark.parametrize("sticky", ["user", "consumer", "cookie:session", "header:x-id"])
async def test_a_caller_stays_at_one_service(sticky: str):
    half = {"split": [{"service": "new"}, {}], "sticky": sticky}
    async with split_gateway(half, requires_auth=True) as gateway:
        callers = [
            get("/", bearer(f"u{n}"), f"Cookie: session=u{n}", f"X-Id: u{n}") for n in range(40)
        ]  # fmt: skip
        first = await answered(gateway, *callers)
        assert await answered(gateway, *callers) == first
        assert set(first) == {"new", "old"}


async def test_g406_the_access_record_names_the_service_that_was_chosen(tmp_path):
    log = tmp_path / "access.log"
    async with split_gateway({"split": [{"service": "new"}]}, options={"access_log": str(log)}) as gateway:
        await answered(gateway, get("/"))
        await asyncio.sleep(0)
    (record,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert (record["service"], record["instance"]) == ("new", "instance-0")


@pytest.mark.parametrize(("own", "chosen", "statuses"), [(None, 1, [200] * 3), (2, None, [200, 200, 429])])
async def test_the_limits_of_the_routes_own_service_count_and_not_those_of_the_chosen_one(own, chosen, statuses):
    """docs/rate-limits.md: a limit is judged by the route, before a service is chosen."""
    config = {"traffic_split": {"rules": [{"split": [{"service": "new"}]}]}}
    async with scripted(echoing("new")) as new:
        services = (service(rate_limit_rpm=own), service(new.port, id="n", name="new", rate_limit_rpm=chosen))
        async with edge_gateway(route(plugins=config, rate_limit_rpm=None), services=services) as gateway:
            assert [one.status for one in await ask_all(gateway.port, *[get("/")] * 3)] == statuses


async def test_a_service_that_is_not_there_breaks_the_route_instead_of_losing_a_share():
    async with split_gateway({"split": [{"service": "gone"}, {}]}) as gateway:
        assert [one.status for one in await ask_all(gateway.port, get("/"))] == [500]


@pytest.mark.parametrize(
    "rule",
    [
        {"split": [{"weight": 0}]},
        {"split": [{}], "sticky": "colour"},
        {"split": [{}], "match": {"headers": [{"name": "a", "operator": "matches", "value": "("}]}},
        {"split": [{}], "match": {"cookies": [{"name": "a", "operator": "matches", "value": "("}]}},
    ],
)
def test_what_can_never_work_is_refused(rule):
    with pytest.raises(ValueError, match=r"weight|hash_key|condition"):
        check({"rules": [rule]})
