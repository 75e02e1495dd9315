"""G-410: what an explanation says beside the verdict."""

from __future__ import annotations

import time
from typing import Any

import pytest

from permissions.spec import GrantSpec
from proxy.breaker.rules import ByHand, board_key
from proxy.explain.asked import Asked
from proxy.explain.explanation import Explanation, Step
from proxy.explain.upstream import endpoint_of
from services.spec import InstanceSpec
from tests.common.tokens import token
from tests.unit.explain.rehearsed import Gateway, a_configuration, a_service, an_instance
from tests.unit.routing_core.routes import a_route

SOON = int(time.time()) + 3600


def step(told: Explanation, stage: str) -> Step:
    return next(one for one in told.steps if one.stage == stage)


def open_to_all(pattern: str = "/a", target: str = "/t", **fields: Any) -> Any:
    return a_route(pattern, target, requires_auth=False, **fields)


def test_g410_the_candidates_come_in_order_with_those_that_are_switched_off() -> None:
    gateway = Gateway(
        a_configuration(open_to_all("/a/*", id="broad"), open_to_all("/a/x", id="post", methods=("POST",))),
        inactive=(open_to_all("/a/x", id="off", priority=5),),
    )
    told = gateway.explain(Asked(target="/a/x?q=1"))
    assert [(one.route.id, one.verdict) for one in told.candidates] == [
        ("off", "does_not_fit"),
        ("post", "does_not_fit"),
        ("broad", "serves"),
    ]
    assert told.candidates[0].checks[0].text == "route is active"
    assert (told.path.sent, told.path.canonical) == ("/a/x", "/a/x")


def test_g410_a_refused_path_says_why_and_an_ambiguous_one_what_is_ambiguous() -> None:
    gateway = Gateway(a_configuration(open_to_all("/*")))
    assert "control character" in gateway.explain(Asked(target="/%00")).path.refused
    told = gateway.explain(Asked(target="/a//b/../c"))
    assert (told.path.canonical, told.code) == ("/a/c", "F40000")
    assert set(told.path.ambiguities) == {"dot_segment", "empty_segment"}


def test_g410_permissions_name_what_is_required_held_and_missing() -> None:
    route = a_route("/a", required_permissions=("a", "b"), permission_check_strategy="all")
    grant = GrantSpec(subject_kind="role", subject="r", permission="b")
    gateway = Gateway(a_configuration(route, grants=(grant,)))
    told = gateway.explain(Asked(target="/a", token=token(exp=SOON, permissions=["c"], roles=["r"])))
    assert told.code == "F40003"
    assert step(told, "check_permission").details == {
        "required": ["a", "b"],
        "strategy": "all",
        "held": ["b", "c"],
        "missing": ["a"],
    }
    assert step(told, "authenticate").details["subject"] == "u1"
    assert step(told, "dispatch").verdict == "not_reached"


def test_g410_limits_are_told_without_being_spent() -> None:
    gateway = Gateway(a_configuration(open_to_all(rate_limit_rpm=2)))
    left = [step(gateway.explain(Asked(target="/a")), "rate_limit").details["limits"][0]["left"] for _ in range(5)]
    gateway.serve(Asked(target="/a"))
    after = step(gateway.explain(Asked(target="/a")), "rate_limit").details["limits"]
    assert left == [2, 2, 2, 2, 2]
    assert after == [{"of": "route", "by": "caller", "limit": 2, "kind": "sliding window", "seconds": 60.0, "left": 1}]


def test_g410_an_open_circuit_refuses_and_looking_at_a_half_open_one_takes_no_probe() -> None:
    gateway = Gateway(a_configuration(open_to_all()))
    gateway.board.change(board_key("s"), ByHand("", "open"), time.monotonic())
    told = gateway.explain(Asked(target="/a"))
    assert (told.code, step(told, "break_circuit").details) == ("F50301", {"circuit": "open"})
    version = gateway.board.version()
    gateway.explain(Asked(target="/a"))
    assert gateway.board.version() == version


def test_g410_the_upstream_is_told_with_its_instances_and_the_one_a_hash_picks() -> None:
    instances = (an_instance(1), an_instance(2, weight=300), an_instance(3, status="draining"))
    route = open_to_all("/a/*", "/up/*", load_balance_strategy="hash", hash_key="query:k")
    gateway = Gateway(a_configuration(route, services=(a_service("s", *instances),)))
    told = gateway.explain(Asked(target="/a/b?k=1")).upstream
    assert told is not None
    assert (told.path, told.strategy) == ("/up/b?k=1", "hash")
    assert [(one.id, one.status, one.reason, one.usable) for one in told.instances] == [
        ("i1", "healthy", "", True),
        ("i2", "healthy", "", True),
        ("i3", "draining", "configured", False),
    ]
    assert told.picked in ("i1", "i2")
    picked = {gateway.explain(Asked(target=f"/a/b?k={key}")).upstream.picked for key in range(20)}  # type: ignore[union-attr]
    assert picked == {"i1", "i2"}


@pytest.mark.parametrize(("count", "picked"), [(1, "i1"), (2, "")])
def test_g410_a_turn_that_each_worker_keeps_is_not_guessed(count: int, picked: str) -> None:
    instances = [an_instance(number) for number in range(1, count + 1)]
    gateway = Gateway(a_configuration(open_to_all(), services=(a_service("s", *instances),)))
    told = gateway.explain(Asked(target="/a")).upstream
    assert told is not None
    assert told.picked == picked


def test_g410_a_cached_route_names_its_keys_and_no_secret() -> None:
    gateway = Gateway(a_configuration(a_route("/a", "/t", cache_enabled=True)))
    bearer = token(exp=SOON)
    told = gateway.explain(Asked(target="/a", token=bearer))
    details = step(told, "serve_from_cache").details
    assert details["use"] == "miss"
    assert len(details["address_key"]) == 32
    assert details["caller_key"]
    assert bearer not in repr(told)
    bypassed = gateway.explain(Asked(method="POST", target="/a", token=bearer))
    assert step(bypassed, "serve_from_cache").details == {"use": "bypass"}


def test_g410_a_password_is_not_tried() -> None:
    gateway = Gateway(a_configuration(open_to_all(plugins={"basic_auth": {}})))
    told = gateway.explain(Asked(target="/a", headers=(("Authorization", "Basic dTpw"),)))
    assert (told.outcome, told.reason) == ("unknown", "a password is not tried here")


def test_g410_what_depends_on_the_body_or_on_chance_is_unknown_and_the_rest_is_told() -> None:
    plugins = {"request_validation": {"body_schema": {}}, "fault_injection": {"abort": {"status": 503, "percent": 5}}}
    told = Gateway(a_configuration(open_to_all(plugins=plugins))).explain(Asked(method="POST", target="/a"))
    verdicts = {one.stage: one.verdict for one in told.steps}
    assert verdicts["request_validation"] == verdicts["fault_injection"] == "unknown"
    assert told.outcome == "forwarded"


def test_g410_shares_mirrors_and_parts_are_named() -> None:
    services = (a_service("s", an_instance()), a_service("t", an_instance(2)))
    split = {"rules": [{"split": [{"service": "t", "weight": 3}, {}]}]}
    plugins = {"traffic_split": split, "mirror": {"service": "t"}}
    told = Gateway(a_configuration(open_to_all(plugins=plugins), services=services)).explain(Asked(target="/a"))
    assert step(told, "traffic_split").details == {"shares": {"t": 3, "s": 1}, "sticky": ""}
    assert step(told, "mirror").details == {"service": "t", "percent": 100}
    parts = {"aggregate": {"parts": {"one": {"path": "/1"}, "two": {"path": "/2", "service": "t"}}}}
    told = Gateway(a_configuration(open_to_all(plugins=parts), services=services)).explain(Asked(target="/a"))
    assert (told.outcome, step(told, "aggregate").details) == ("forwarded", {"parts": {"one": "s", "two": "t"}})


def test_g410_an_address_behind_a_trusted_proxy_is_the_one_that_is_judged() -> None:
    route = open_to_all(plugins={"ip_restriction": {"allow": ["192.0.2.0/24"]}})
    gateway = Gateway(a_configuration(route), trusted_proxies=("10.0.0.0/8",))
    asked = Asked(target="/a", address="10.0.0.1", headers=(("X-Forwarded-For", "192.0.2.7"),))
    assert step(gateway.explain(asked), "ip_restriction").details == {"address": "192.0.2.7"}


def test_an_endpoint_of_ipv6_has_brackets() -> None:
    instance = InstanceSpec(id="i", instance_id="i", scheme="https", host="::1", port=8443)
    assert endpoint_of(instance) == "https://[::1]:8443"
