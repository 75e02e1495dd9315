"""The path at the instance, changed by a plugin (G-304, edge rules P1 to P3)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from proxy.stages.path_rewrite import check, compile_change
from routing.path import PathError, PathFlag, canonicalise
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import ask_all, get
from tests.common.scripted_upstream import echoing, scripted


def rewriting(**config):
    return {"plugins": {"path_rewrite": config}}


async def asked(spec, *targets: str) -> list[bytes]:
    """What the instance was asked for, or the status where it was not."""
    async with scripted(echoing("up")) as upstream, edge_gateway(spec, services=(service(upstream.port),)) as gateway:
        found = await ask_all(gateway.port, *map(get, targets))
        return [one.body.split()[2] if one.status == 200 else b"%d" % one.status for one in found]


async def test_g304_a_prefix_is_taken_away_and_another_put_in_its_place_by_whole_segments():
    moved = route("/*", "/*", **rewriting(prefix={"strip": "/api/v1", "add": "/internal/"}))
    found = await asked(moved, "/api/v1/users?a=1", "/api/v1", "/api/v1/", "/api/v10/x", "/other")
    assert found == [b"/internal/users?a=1", b"/internal", b"/internal/", b"/api/v10/x", b"/other"]


async def test_g304_it_works_on_what_the_target_gives():
    moved = route("/a/*", "/b/*", **rewriting(prefix={"strip": "/b"}))
    assert await asked(moved, "/a/c", "/a/", "/a/b/c") == [b"/c", b"/", b"/b/c"]


async def test_g304_every_match_of_an_expression_is_replaced():
    moved = route("/*", "/*", **rewriting(regex="^/users/([0-9]+)/orders", replacement="/orders/by-user/$1"))
    assert await asked(moved, "/users/7/orders/9", "/users/x/orders") == [b"/orders/by-user/7/9", b"/users/x/orders"]


@pytest.mark.parametrize(
    ("replacement", "target"), [("/..", "/x/a"), ("/", "/x/a"), ("%2", "/x/fa"), ("/a?b", "/x"), ("//evil", "/x")]
)
async def test_p3_a_result_that_is_read_in_two_ways_is_refused(replacement: str, target: str):
    assert await asked(route("/*", "/*", **rewriting(regex="/x", replacement=replacement)), target) == [b"400"]


@given(
    some.text(some.sampled_from("/.%2eF5c;\\?#ax"), max_size=14), some.text(some.sampled_from("/.%2a$1"), max_size=6)
)
@example("/a/../b", "/..")
def test_p1_what_comes_out_is_canonical_whatever_goes_in(path: str, replacement: str):
    try:
        change = compile_change({"regex": "(a+)", "replacement": replacement}, PathFlag(0))
        changed = change(canonicalise(path.encode()).path)
    except (PathError, ValueError):
        return
    assert canonicalise(changed) == (changed, canonicalise(changed).match_key, PathFlag(0))


@given(some.lists(some.sampled_from(["a", "b", "a%20"]), max_size=4), some.sampled_from(["/", "/a", "/a/b", "/a/"]))
def test_p3_a_prefix_gives_canonical_paths(segments: list[str], prefix: str):
    path = ("/" + "/".join(segments)).encode()
    changed = compile_change({"prefix": {"strip": prefix, "add": "/z"}}, PathFlag(0))(path)
    assert canonicalise(changed).path == changed
    assert not canonicalise(changed).flags


@pytest.mark.parametrize(
    "config",
    [
        {"regex": "(", "replacement": ""},
        {"regex": "a", "replacement": "$1"},
        {"prefix": {"strip": "/a/../b"}},
        {"prefix": {"add": "/%2e"}},
        {"prefix": {"add": "//x"}},
    ],
)
def test_what_can_never_work_is_refused(config):
    with pytest.raises(ValueError, match=r"rewrite|prefix"):
        check(config)
