"""Expressions of routes and plugins: what a stranger sends costs its length, whatever the expression says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.json_schema import Judge
from routing.conditions import value_test
from routing.expression import Expression
from routing.matcher import RouteTable
from routing.path import PathFlag
from routing.spec import ConditionSpec, RewriteSpec
from routing.target import compile_rewrite
from tests.unit.routing_core.routes import a_route

DISASTERS = ["(a+)+b", "(a*)*b", "(a|aa)+b", "(a|a)*b", "a*a*a*a*a*a*b", "([a-z]+)*b"]
"""Python's own engine takes longer than anybody waits for each of them on `LONG`."""
LONG = "a" * 5000
SIMPLE = st.lists(st.sampled_from(["a", "b", ".", "a*", "(?:ab)?", "[ab]", "[^a]+", "a|b", "(a)", "b{2,3}"])).map(
    "".join
)


@pytest.mark.parametrize("text", DISASTERS)
def test_r12_an_expression_takes_no_longer_than_the_text_is(text: str) -> None:
    assert Expression(text).fullmatch(LONG.encode()) is None
    assert not value_test(ConditionSpec(name="x", operator="matches", value=text), strict=True)(LONG)
    path = f"/{LONG}".encode()
    table = RouteTable([(a_route(f"/{text}", "/x", path_kind="regex"), "found")])
    assert table.match("GET", "h", path, None, b"", "::1") is None
    assert compile_rewrite(RewriteSpec(regex=text, replacement=""), PathFlag(0))(path) == path
    short = LONG[:1000]
    assert Judge({"properties": {"a": {"pattern": f"^{text}$"}}}, "body").errors({"a": short}, "body")
    names = {"patternProperties": {f"^{text}$": True}, "additionalProperties": False}
    assert Judge(names, "body").errors({short: 1}, "body")


@pytest.mark.parametrize("text", ["(", "(?=a)", "(?<!a)b", r"(a)\1", "(x{1000}){11}", "a{1001}", r"\p{Nothing}"])
def test_an_expression_that_cannot_keep_that_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        Expression(text)


@given(SIMPLE, st.text("ab\n", max_size=6))
def test_what_both_engines_know_means_the_same_to_both(text: str, sent: str) -> None:
    theirs, ours = re.compile(text), Expression(text)
    assert (ours.fullmatch(sent.encode()) is None) == (theirs.fullmatch(sent) is None)
    assert (ours.search(sent.encode()) is None) == (theirs.search(sent) is None)
    assert ours.groups == theirs.groups
    assert ours.replacing("<$1>" if ours.groups else "<>")(sent.encode()).decode() == theirs.sub(
        r"<\1>" if theirs.groups else "<>", sent
    )


@pytest.mark.parametrize("replacement", ["$2", r"\2", r"\g<1>", r"\n", "a\\"])
def test_a_replacement_names_groups_that_are_there_and_nothing_else(replacement: str) -> None:
    with pytest.raises(ValueError, match="group"):
        Expression("(a)").replacing(replacement)


def test_any_text_can_be_looked_at() -> None:
    """JSON may hold half of a pair, which no encoding can."""
    assert not Judge({"type": "string", "pattern": "^.$"}, "body").errors("é", "body")
    assert Judge({"type": "string", "pattern": "^a$"}, "body").errors("\ud800", "body")


def test_additional_properties_are_those_that_no_expression_names() -> None:
    judge = Judge({"patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": {"type": "string"}}, "b")
    assert judge.errors({"x-a": 1, "other": "text"}, "b") == []
    assert {place for place, _told in judge.errors({"x-a": "text", "other": 1}, "b")} == {"b.x-a", "b.other"}
    closed = Judge({"properties": {"a": True}, "patternProperties": {"^x-": True}, "additionalProperties": False}, "b")
    assert closed.errors({"a": 1, "x-b": 2}, "b") == []
    assert "'c' was unexpected" in closed.errors({"a": 1, "c": 2}, "b")[0][1]
    with pytest.raises(ValueError, match="unevaluatedProperties"):
        Judge({"patternProperties": {"^x-": True}, "unevaluatedProperties": False}, "b")


def test_a_broken_expression_of_a_stored_route_is_told() -> None:
    with pytest.raises(ValueError, match="path_pattern"):
        RouteTable([(a_route("/(?=a)", "/x", path_kind="regex"), None)])
