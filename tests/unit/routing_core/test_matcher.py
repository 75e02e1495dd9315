"""G-300 to G-303: what matches, what it captures, and that the index agrees with a plain search."""

from __future__ import annotations

import ipaddress
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.candidates import candidates
from routing.matcher import RouteTable
from routing.precedence import order_key
from routing.spec import ConditionSpec, RouteSpec
from tests.unit.routing_core.routes import a_route

Table = RouteTable[RouteSpec]


def a_table(*routes: RouteSpec) -> Table:
    return RouteTable((route, route) for route in routes)


def find(table: Table, path: bytes = b"/a", **asked: Any) -> tuple[RouteSpec, tuple[tuple[int, int], ...]] | None:
    request = {"method": "GET", "host": "h", "headers": {}, "query": b"", "client": "192.0.2.1", **asked}
    get = request["headers"].get
    return table.match(request["method"], request["host"], path, get, request["query"], request["client"])


def captured(pattern: str, path: bytes, **fields: Any) -> list[bytes] | None:
    found = find(a_table(a_route(pattern, **fields)), path)
    return None if found is None else [path[start:end] for start, end in found[1]]


@pytest.mark.parametrize(
    ("pattern", "kind", "path", "expected"),
    [
        ("/a", "exact", b"/a", []),
        ("/a", "exact", b"/a/", None),
        ("/a", "exact", b"/A", None),
        ("/a/*", "prefix", b"/a", None),
        ("/a/*", "prefix", b"/a/", [b""]),
        ("/a/*", "prefix", b"/a/1/2", [b"1/2"]),
        ("/a/*", "prefix", b"/ab/1", None),
        ("/a", "prefix", b"/a", [b""]),
        ("/a", "prefix", b"/a/", [b""]),
        ("/a", "prefix", b"/a/1/2", [b"1/2"]),
        ("/a", "prefix", b"/ab", None),
        ("/a/", "prefix", b"/a", None),
        ("/a/", "prefix", b"/a/1", [b"1"]),
        ("/", "prefix", b"/x/y", [b"x/y"]),
        ("/*", "prefix", b"/", [b""]),
        ("/*", "prefix", b"/x/y", [b"x/y"]),
        ("/a/*/b", "pattern", b"/a/1/b", [b"1"]),
        ("/a/*/b", "pattern", b"/a//b", None),
        ("/a/*/b", "pattern", b"/a/1/2/b", None),
        ("/a/*/b", "pattern", b"/a/1/b/", None),
        ("/a/*/b", "prefix", b"/a/1/b", [b"1"]),
        ("/a/*/b/*", "pattern", b"/a/1/b", None),
        ("/a/*/b/*", "pattern", b"/a/1/b/", [b"1", b""]),
        ("/a/*/b/*", "pattern", b"/a/1/b/2/3", [b"1", b"2/3"]),
        ("/*/*", "pattern", b"/x/y/z", [b"x", b"y/z"]),
        ("/*/", "pattern", b"/x/", [b"x"]),
        ("/a/b", "pattern", b"/a/b", []),
        ("/v*", "exact", b"/v*", []),
        ("/v*", "exact", b"/v1", None),
        (r"/a/(\d+)", "regex", b"/a/42", [b"42"]),
        (r"^/a/(\d+)$", "regex", b"/a/42", [b"42"]),
        (r"/a/(\d+)", "regex", b"/a/42/x", None),
        (r"/a/(b)?(c)?", "regex", b"/a/c", [b"", b"c"]),
        (r"/a|/b/(x)", "regex", b"/b/x", [b"x"]),
        (r"/a/b?/c", "regex", b"/a//c", []),
        (r"(?i)/ab/(c)", "regex", b"/AB/C", [b"C"]),
        (r"/v1\.0/(.*)", "regex", b"/v1.0/x/y", [b"x/y"]),
        (r"/a/[|]+(.)", "regex", b"/a/|x", [b"x"]),
        ("/用户/*", "prefix", b"/%E7%94%A8%E6%88%B7/1", [b"1"]),
        ("/caf%c3%a9", "exact", b"/caf%C3%A9", []),
    ],
)
def test_g302_what_a_pattern_matches_and_captures(
    pattern: str, kind: str, path: bytes, expected: list[bytes] | None
) -> None:
    assert captured(pattern, path, path_kind=kind) == expected


@pytest.mark.parametrize(
    ("methods", "asked", "matches"),
    [
        ((), "PURGE", True),
        (("ANY",), "DELETE", True),
        (("GET",), "GET", True),
        (("GET",), "HEAD", True),
        (("POST",), "HEAD", False),
        (("POST",), "OPTIONS", True),
        (("POST", "PUT"), "PUT", True),
        (("POST",), "GET", False),
    ],
)
def test_g300_methods(methods: tuple[str, ...], asked: str, matches: bool) -> None:
    assert (find(a_table(a_route(methods=methods)), method=asked) is not None) == matches


def test_g303_another_method_only_leaves_the_path_to_the_next_route() -> None:
    broad = a_route("/*", id="broad")
    found = find(a_table(a_route("/a", id="narrow", methods=("POST",)), broad))
    assert found is not None
    assert found[0] is broad


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("a.example.com", "a.example.com", True),
        ("a.example.com", "b.a.example.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.example.com", "badexample.com", False),
        ("*.example.com", "", False),
    ],
)
def test_p5_hosts(pattern: str, host: str, matches: bool) -> None:
    assert (find(a_table(a_route(hosts=(pattern,))), host=host) is not None) == matches


def condition(operator: str, value: str = "", name: str = "x-a") -> ConditionSpec:
    return ConditionSpec(name=name, operator=operator, value=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "sent", "matches"),
    [
        (condition("equals", "1"), "1", True),
        (condition("equals", "1"), "2", False),
        (condition("equals", "1"), None, False),
        (condition("not_equals", "1"), "2", True),
        (condition("not_equals", "1"), None, True),
        (condition("not_equals", "1"), "1", False),
        (condition("matches", "[0-9]+"), "12", True),
        (condition("matches", "[0-9]+"), "12a", False),
        (condition("matches", "[0-9]*"), None, False),
        (condition("present"), "", True),
        (condition("present"), None, False),
        (condition("absent"), None, True),
        (condition("absent"), "", False),
    ],
)
def test_g107_header_and_query_conditions(spec: ConditionSpec, sent: str | None, matches: bool) -> None:
    headers = {} if sent is None else {"x-a": sent}
    query = b"" if sent is None else f"b=0&x-a={sent}".encode()
    assert (find(a_table(a_route(header_conditions=(spec,))), headers=headers) is not None) == matches
    assert (find(a_table(a_route(query_conditions=(spec,))), query=query) is not None) == matches


def test_g107_every_copy_of_a_parameter_must_pass() -> None:
    table = a_table(a_route(query_conditions=(condition("equals", "1", "a"),)))
    assert find(table, query=b"a=1&a=1")
    assert not find(table, query=b"a=1&a=2")
    assert find(table, query=b"%61=1")


def test_g107_without_headers_every_header_is_absent() -> None:
    table = a_table(a_route(header_conditions=(condition("present"),)))
    assert table.match("GET", "h", b"/a", None, b"", "192.0.2.1") is None


@pytest.mark.parametrize(
    ("client", "matches"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("2001:db8::1", True), ("192.0.2.1", False), ("unix", False)],
)
def test_g107_client_networks(client: str, matches: bool) -> None:
    table = a_table(a_route(client_cidrs=("10.0.0.0/8", "2001:db8::/32")))
    assert (find(table, client=client) is not None) == matches


BROKEN: list[dict[str, Any]] = [
    {"path_pattern": "/a/(", "path_kind": "regex"},
    {"header_conditions": (condition("matches", "("),)},
    {"query_conditions": (condition("matches", "("),)},
    {"client_cidrs": ("10.0.0.0/99",)},
    {"path_pattern": "/a/%zz"},
]


@pytest.mark.parametrize("fields", BROKEN)
def test_g504_a_broken_route_is_refused_unless_its_problem_is_known(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        a_table(a_route(**fields))


@pytest.mark.parametrize("fields", BROKEN[:4])
def test_g504_a_broken_route_keeps_its_place(fields: dict[str, Any]) -> None:
    broken = a_route(**{"path_pattern": "/a/x", "id": "broken", "problem": "broken", "priority": 1, **fields})
    found = find(a_table(broken, a_route("/*")), b"/a/x")
    assert found is not None
    assert found[0] is broken


@pytest.mark.parametrize("pattern", ["(", "/(", "/a)|/b("])
def test_t9_a_broken_expression_without_a_literal_head_takes_nothing_down(pattern: str) -> None:
    broken = a_route(pattern, path_kind="regex", id="broken", problem="broken", priority=1)
    found = find(a_table(broken, a_route("/*", id="sound")), b"/b/x")
    assert found is not None
    assert found[0].id == "sound"


def test_t9_a_broken_path_text_matches_no_path_and_harms_no_other() -> None:
    table = a_table(a_route("/a/%zz", id="broken", problem="broken"), a_route("/*", id="sound"))
    assert find(table, b"/a/x") is not None


# --- the index against a plain search -----------------------------------------------------------------------------

SEGMENTS = ["a", "b", "c"]
patterns = st.lists(st.sampled_from([*SEGMENTS, "*", "*"]), min_size=0, max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)
kinds = st.sampled_from(["exact", "prefix", "pattern"])
regexes = st.sampled_from(["/a/.*", "/[ab]/c?", "/(a|b)(/.*)?", ".*", "/a/b/?", "/b|/c/.+"])
paths_kinds = st.tuples(patterns, kinds) | st.tuples(regexes, st.just("regex"))
hosts = st.sampled_from(["a.x.com", "b.x.com", "x.com", "c.a.x.com", "other"])
host_patterns = st.sampled_from(["a.x.com", "x.com", "*.x.com", "*.com", "*.a.x.com"])


@st.composite
def route_lists(draw: st.DrawFn) -> list[RouteSpec]:
    routes = []
    for number in range(draw(st.integers(1, 12))):
        pattern, kind = draw(paths_kinds)
        routes.append(
            a_route(
                pattern,
                id=f"{number:02}",
                path_kind=kind,
                methods=draw(st.sampled_from([(), ("GET",), ("POST",), ("ANY",)])),
                hosts=tuple(draw(st.lists(host_patterns, max_size=2, unique=True))),
                priority=draw(st.sampled_from([0, 0, 0, 5])),
                created_at=draw(st.sampled_from([1.0, 2.0])),
                header_conditions=draw(st.sampled_from([(), (), (condition("equals", "1"),)])),
                client_cidrs=draw(st.sampled_from([(), (), ("10.0.0.0/8",)])),
            )
        )
    return routes


def _plainly_matches(
    route: RouteSpec, host_pattern: str, method: str, host: str, path: str, sent: str, ip: str
) -> bool:
    if host_pattern.startswith("*."):
        host_fits = host.endswith(host_pattern[1:]) and len(host) > len(host_pattern) - 1
    else:
        host_fits = host_pattern in ("", host)
    accepted = {*route.methods, "OPTIONS", *({"HEAD"} if "GET" in route.methods else ())}
    return (
        host_fits
        and (not route.methods or "ANY" in route.methods or method in accepted)
        and re.fullmatch(_plain_regex(route), path) is not None
        and all(sent == spec.value for spec in route.header_conditions)
        and (not route.client_cidrs or ipaddress.ip_address(ip) in ipaddress.ip_network(route.client_cidrs[0]))
    )


def _plain_regex(route: RouteSpec) -> str:
    pattern = route.path_pattern
    if route.path_kind == "regex":
        return pattern
    if route.path_kind == "exact":
        return re.escape(pattern)
    *middle, last = pattern.split("/")
    if route.path_kind == "prefix" and "*" not in middle and last != "*":
        return re.escape(pattern) + (".*" if pattern.endswith("/") else "(/.*)?")
    parts = ["[^/]+" if segment == "*" else re.escape(segment) for segment in middle]
    return "/".join([*parts, ".*" if last == "*" else re.escape(last)])


@settings(max_examples=150, deadline=None)
@given(
    routes=route_lists(),
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PURGE"]),
    host=hosts,
    path=st.lists(st.sampled_from([*SEGMENTS, ""]), min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts)),
    sent=st.sampled_from(["1", "2"]),
    client=st.sampled_from(["10.0.0.1", "192.0.2.1"]),
)
def test_g301_the_table_finds_what_sorting_all_routes_and_trying_each_finds(
    routes: list[RouteSpec], method: str, host: str, path: str, sent: str, client: str
) -> None:
    placed = [(order_key(route, pattern), pattern, route) for route in routes for pattern in route.hosts or ("",)]
    placed.sort(key=lambda item: item[:2])
    fitting = (
        route for _, pattern, route in placed if _plainly_matches(route, pattern, method, host, path, sent, client)
    )
    expected = next(fitting, None)
    table = a_table(*routes)
    found = find(table, path.encode(), method=method, host=host, headers={"x-a": sent}, client=client)
    told = candidates(table, method, host, path.encode(), {"x-a": sent}.get, b"", client)
    assert (found[0] if found else None) is expected
    assert next((candidate.route for candidate in told if candidate.fits), None) is expected


def lines_run(action: Callable[[], object]) -> int:
    """How many lines of Python an action takes: its cost, told without a clock."""
    count = 0

    def tracer(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def test_p5_matching_among_100_000_routes_costs_what_it_costs_among_10() -> None:
    def many(count: int) -> Table:
        shapes = ["/api/r{}/*", "/api/r{}", "/api/r{}/*/orders", "/api/q{}/*", "/x{}/y"]
        return a_table(*(a_route(shapes[number % 5].format(number), id=str(number)) for number in range(count)))

    few, lots = many(10), many(100_000)
    paths = [b"/api/r0/1/2", b"/api/r1", b"/api/r2/7/orders", b"/nowhere/1"]

    def ask(table: Table) -> None:
        for path in paths:
            table.match("GET", "h", path, None, b"", "192.0.2.1")

    assert lines_run(lambda: ask(lots)) <= 1.2 * lines_run(lambda: ask(few))
