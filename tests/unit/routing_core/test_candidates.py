"""G-410: which routes might serve a request, and what of each one holds."""

from __future__ import annotations

from routing.candidates import Candidate, Check, candidates
from routing.matcher import RouteTable
from routing.spec import ConditionSpec, RouteSpec
from tests.unit.routing_core.routes import a_route


def told(*routes: RouteSpec, host: str = "h", path: bytes = b"/a") -> list[Candidate[str]]:
    table = RouteTable((route, route.id) for route in routes)
    return candidates(table, "GET", host, path, {}.get, b"", "192.0.2.1")


def failing(candidate: Candidate[str]) -> list[str]:
    return [check.text for check in candidate.checks if not check.passed]


def test_g410_every_candidate_is_told_in_order_with_what_speaks_against_it() -> None:
    routes = [
        a_route("/a", id="post", methods=("POST",)),
        a_route("/a", id="header", header_conditions=(ConditionSpec(name="x-a", value="1"),)),
        a_route("/a", id="query", query_conditions=(ConditionSpec(name="q", operator="present"),)),
        a_route("/*", id="fits"),
        a_route("/[b]", id="regex", path_kind="regex"),
        a_route("/.", id="later", path_kind="regex"),
        a_route("/a", id="network", client_cidrs=("10.0.0.0/8",)),
        a_route("/other", id="other"),
    ]
    assert [(candidate.payload, failing(candidate)) for candidate in told(*routes)] == [
        ("header", ["header x-a equals '1'"]),
        ("network", ["client address in 10.0.0.0/8"]),
        ("query", ["query q present"]),
        ("post", ["method is one of POST"]),
        ("fits", []),
        ("later", []),
        ("regex", ["path is /[b] (regex)"]),
    ]


def test_g410_every_condition_is_told_with_its_verdict() -> None:
    route = a_route("/a", methods=("GET", "PUT"), header_conditions=(ConditionSpec(name="x-a", operator="absent"),))
    assert told(route)[0].checks == (
        Check("host", "any host", passed=True),
        Check("path", "path is /a (exact)", passed=True),
        Check("method", "method is one of GET, PUT", passed=True),
        Check("header", "header x-a absent", passed=True),
    )


def test_g410_a_route_of_another_host_is_a_candidate_that_fails_by_its_host() -> None:
    assert failing(told(a_route(hosts=("b.example.com",)), host="a.example.com")[0]) == ["host is b.example.com"]


def test_g410_a_route_reached_by_two_hosts_is_told_once_by_the_closer_one() -> None:
    found = told(a_route(hosts=("*.x.com", "a.x.com", "b.x.com")), host="a.x.com")
    assert [(candidate.host, candidate.fits) for candidate in found] == [("a.x.com", True)]
