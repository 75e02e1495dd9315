"""G-304 and the edge rule P3: the upstream path, and what may not become one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routing.matcher import RouteTable
from routing.path import PathError, canonicalise
from routing.problems import problem_of
from routing.spec import RewriteSpec, RouteSpec
from routing.target import compile_target
from tests.unit.routing_core.routes import a_route


def upstream(route: RouteSpec, raw: bytes) -> bytes:
    """The upstream path of a request, through matching as in life."""
    canonical = canonicalise(raw)
    found = RouteTable([(route, compile_target(route))]).match("GET", "h", canonical.match_key, None, b"", "::1")
    assert found is not None
    target, captures = found
    return target(canonical.path, captures)


@pytest.mark.parametrize(
    ("pattern", "target", "raw", "expected"),
    [
        ("/api/v1/users/*", "/users/*", b"/api/v1/users/42", b"/users/42"),
        ("/api/v1/users/*", "/users/*", b"/api/v1/users/", b"/users/"),
        ("/api/v1/users/*", "/users/*", b"/api/v1/users/4/o/J%c3%bcrgen%20x", b"/users/4/o/J%c3%bcrgen%20x"),
        ("/api/v1/users/*", "/*", b"/api/v1/users/4/5", b"/4/5"),
        ("/*", "/*", b"/", b"/"),
        ("/api/profile", "/users/profile", b"/api/profile", b"/users/profile"),
        ("/api/*", "/fixed", b"/api/x/y", b"/fixed"),
        ("/a/*/b/*", "/x/*/y/*", b"/a/1/b/2/3", b"/x/1/y/2/3"),
        ("/a/*/b/*", "/x/*", b"/a/1/b/2", b"/x/1"),
        ("/a/*", "/x/*/y", b"/a/1", b"/x/1/y"),
        ("/a/*", "/x-*.json", b"/a/1", b"/x-1.json"),
        ("/a/*", "https://target.example/base/*", b"/a/1", b"/base/1"),
        ("/a/*", "http://target.example", b"/a/1", b"/"),
        ("/a/*", "/用户/*", b"/a/1", b"/%E7%94%A8%E6%88%B7/1"),
        ("/a/*", "/p/a%2Fb/*", b"/a/1", b"/p/a%2Fb/1"),
    ],
)
def test_g304_the_matched_text_is_put_in_place(pattern: str, target: str, raw: bytes, expected: bytes) -> None:
    assert upstream(a_route(pattern, target), raw) == expected


def test_g304_a_prefix_without_star_and_a_regex_fill_the_target_too() -> None:
    assert upstream(a_route("/a", "/b/*", path_kind="prefix"), b"/a") == b"/b/"
    assert upstream(a_route("/a", "/b/*", path_kind="prefix"), b"/a/1") == b"/b/1"
    assert upstream(a_route(r"/v(\d+)/(.*)", "/*/at/*", path_kind="regex"), b"/v2/x/y") == b"/2/at/x/y"


@pytest.mark.parametrize(
    ("pattern", "kind", "target", "strip", "raw", "expected"),
    [
        ("/a/*", "prefix", "/base", True, b"/a/1/2", b"/base/1/2"),
        ("/a/*", "prefix", "/base/", True, b"/a/", b"/base/"),
        ("/a", "prefix", "/base", True, b"/a", b"/base"),
        ("/a", "prefix", "/", True, b"/a", b"/"),
        ("/a", "prefix", "/", True, b"/a/1", b"/1"),
        ("/", "prefix", "/base", True, b"/a", b"/base/a"),
        ("/a", "exact", "/base", True, b"/a", b"/base"),
        ("/a/*/b", "pattern", "/base", True, b"/a/1/b", b"/base/1/b"),
        ("/a/[0-9]+", "regex", "/base", True, b"/a/1", b"/base/1"),
        (".*", "regex", "/base", True, b"/a/1", b"/base/a/1"),
        ("/用户/*", "prefix", "/base/*", True, b"/%e7%94%a8%e6%88%b7/1", b"/base/1"),
        ("/a/*", "prefix", "/base/*", False, b"/a/1", b"/base/a/1"),
        ("/a/*", "prefix", "/", False, b"/a/1", b"/a/1"),
        ("/a", "exact", "/base", False, b"/a", b"/base/a"),
    ],
)
def test_g107_joined_with_or_without_the_matched_prefix(
    pattern: str, kind: str, target: str, strip: bool, raw: bytes, expected: bytes
) -> None:
    assert upstream(a_route(pattern, target, path_kind=kind, strip_path=strip), raw) == expected


@pytest.mark.parametrize(
    ("regex", "replacement", "raw", "expected"),
    [
        (r"^/v(\d+)/", r"/version-$1/", b"/a/v2/x", b"/version-2/x"),
        (r"^/v(\d+)/", r"/version-\1/", b"/a/v2/x", b"/version-2/x"),
        (r"nothing", r"/x", b"/a/v2/x", b"/v2/x"),
        (r"^/v2", r"/é ü", b"/a/v2/x", b"/%C3%A9%20%C3%BC/x"),
    ],
)
def test_g107_rewrite_is_applied_last(regex: str, replacement: str, raw: bytes, expected: bytes) -> None:
    rewrite = RewriteSpec(regex=regex, replacement=replacement)
    assert upstream(a_route("/a/*", "/*", rewrite=rewrite), raw) == expected


@pytest.mark.parametrize(
    ("fields", "raw"),
    [
        ({"path_pattern": "/a/*", "target_url": "/x/*/y"}, b"/a/"),
        ({"path_pattern": "/a/*", "target_url": "/x/.*"}, b"/a/"),
        ({"path_pattern": "/a/(.*)x(.*)", "target_url": "/b/*/*", "path_kind": "regex"}, b"/a/x/b"),
        ({"path_pattern": "/a/(.)(.*)", "target_url": "/b/.*/x", "path_kind": "regex"}, b"/a/.b"),
        ({"path_pattern": "/a/(.*%)20(..)", "target_url": "/b/*2F", "path_kind": "regex"}, b"/a/x%20yy"),
        ({"path_pattern": "/a/(.*%)20(..)", "target_url": "/b/*", "path_kind": "regex"}, b"/a/x%20yy"),
        ({"path_pattern": "/a/*", "target_url": "/*", "rewrite": RewriteSpec(regex="^/", replacement="")}, b"/a/b"),
        ({"path_pattern": "/a/*", "target_url": "/*", "rewrite": RewriteSpec(regex="x", replacement="..")}, b"/a/x"),
        ({"path_pattern": "/a/*", "target_url": "/*", "rewrite": RewriteSpec(regex="x", replacement="?")}, b"/a/x"),
        ({"path_pattern": "/a/*", "target_url": "/*", "rewrite": RewriteSpec(regex="x", replacement="%2f")}, b"/a/x"),
    ],
)
def test_p3_what_would_read_differently_from_what_was_authorised_is_refused(fields: dict[str, Any], raw: bytes) -> None:
    with pytest.raises(PathError):
        upstream(a_route(**fields), raw)


def test_p1_a_route_that_keeps_escapes_may_carry_them_through_a_rewrite() -> None:
    rewrite = RewriteSpec(regex="x", replacement="y")
    route = a_route("/a/*", "/*", rewrite=rewrite, path_handling="keep_encoded")
    assert upstream(route, b"/a/x%2Fz") == b"/y%2Fz"


@pytest.mark.parametrize(
    "fields",
    [
        {"target_url": "users"},
        {"target_url": "ftp://h/x"},
        {"target_url": "//evil/x"},
        {"target_url": "/x?y=1"},
        {"target_url": "/x#y"},
        {"target_url": "/a/../b"},
        {"target_url": "/a//b"},
        {"target_url": "/a;b"},
        {"target_url": "/a\nb"},
        {"target_url": "/a\\b"},
        {"target_url": "/a%*", "path_pattern": "/x/*"},
        {"target_url": "/a%2*", "path_pattern": "/x/*"},
        {"target_url": "/*"},
        {"target_url": "/*/*", "path_pattern": "/x/*"},
        {"target_url": "/*", "path_pattern": "/x/(", "path_kind": "regex"},
        {"target_url": "/*/x", "path_pattern": "/x/*", "strip_path": True},
        {"target_url": "/x", "rewrite": RewriteSpec(regex="(", replacement="")},
        {"target_url": "/x", "rewrite": RewriteSpec(regex="a", replacement="$1")},
        {"target_url": "/x", "rewrite": RewriteSpec(regex="a", replacement=r"\g<no>")},
    ],
)
def test_g504_a_target_that_can_never_work_is_told_before_it_is_used(fields: dict[str, Any]) -> None:
    route = a_route(**fields)
    assert problem_of(route)
    with pytest.raises(ValueError, match=r"."):
        compile_target(route)


def test_g504_a_sound_route_has_no_problem_whatever_was_noted_before() -> None:
    assert problem_of(a_route("/a/*", "/b/*", problem="old")) == ""
    assert problem_of(a_route("/a/(", "/b", path_kind="regex", problem="old"))


tails = st.lists(
    st.sampled_from([b"a", b"..", b".", b"/", b"%2e", b"%2f", b"%25", b"2e", b"%41", b"%", b"x", b"-"]), max_size=8
)


@given(
    tail=tails.map(b"".join),
    target=st.sampled_from(["/y/*", "/y/*/z", "/y/.*", "/y-*", "/*", "/y/*.json", "/y%25*"]),
    pattern=st.sampled_from([("/x/*", "prefix"), ("/x/(.*)", "regex"), ("/x/.*?([^/]*)", "regex"), ("/x", "prefix")]),
)
def test_g305_whatever_is_put_in_the_upstream_path_is_canonical_and_stays_below_the_target(
    tail: bytes, target: str, pattern: tuple[str, str]
) -> None:
    route = a_route(pattern[0], target, path_kind=pattern[1], path_handling="keep_encoded")
    try:
        path = upstream(route, b"/x/" + tail)
    except (PathError, AssertionError):
        assume(False)
    assert canonicalise(path).path == path
    assert path.startswith(target.partition("*")[0].encode())
