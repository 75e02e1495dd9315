"""The plan: what is compared with what, in which order it is done."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from configuration.files.entry import Entry, Secret
from configuration.files.matching import counterparts, repeated
from configuration.files.plan import DEFAULT, FieldChange, plan
from configuration.files.plan_text import plan_document, plan_lines


def entry(kind: str, name: str, data: dict[str, Any] | None = None, **values: Any) -> Entry:
    return Entry(kind, name, values.pop("identities", (name,)), {"name": name, **(data or {})}, **values)


def route(name: str, path: str, number: str = "") -> Entry:
    data = {"path_pattern": path, **({"name": name} if name else {})}
    return Entry("route", name or path, (number or f"id {name} {path}", name or f"\0{path}", path), data)


def test_g502_what_is_the_same_is_not_touched():
    stored = [entry("service", "a", {"x": 1}), entry("role", "r")]
    made = plan(stored, [entry("service", "a", {"x": 1}), entry("role", "r")], prune=True)
    assert (made.changes, made.unchanged, made.left) == ((), 2, ())


def test_g502_json_tells_one_from_true():
    made = plan([entry("service", "a", {"metadata": {"x": 1}})], [entry("service", "a", {"metadata": {"x": True}})])
    assert made.changes[0].fields == (FieldChange("metadata.x", 1, True),)


def test_g502_a_default_that_is_given_up_and_one_that_is_taken_are_changes():
    made = plan([entry("service", "a", {"b": {"c": 1}})], [entry("service", "a", {"d": None})])
    assert made.changes[0].fields == (FieldChange("d", DEFAULT, None), FieldChange("b.c", 1, DEFAULT))


def test_g502_what_a_file_leaves_open_stays():
    kept = frozenset({"status"})
    stored = [entry("instance", "s/i", {"status": "draining"})]
    assert not plan(stored, [entry("instance", "s/i", kept=kept)]).changes
    assert plan(stored, [entry("instance", "s/i", {"status": "healthy"}, kept=kept)]).changes


def test_g502_nothing_is_deleted_that_nobody_asked_to_prune():
    stored = [entry("service", "a"), entry("permission", "p", stays=True)]
    made = plan(stored, [])
    assert (made.changes, [one.name for one in made.left]) == ((), ["a"])
    assert [(one.action, one.name) for one in plan(stored, [], prune=True).changes] == [("delete", "a")]


def test_g502_parents_come_first_and_go_last():
    old = [entry(kind, "old") for kind in ("permission", "service", "instance", "route", "consumer", "key", "grant")]
    new = [entry(kind, "new") for kind in ("grant", "key", "consumer", "route", "instance", "service", "permission")]
    order = [(one.action, one.kind) for one in plan(old, new, prune=True).changes]
    assert order == [
        *(("delete", kind) for kind in ("grant", "key", "consumer", "route", "instance")),
        *(("create", kind) for kind in ("permission", "service", "instance", "route", "consumer", "key", "grant")),
        ("delete", "service"),
        ("delete", "permission"),
    ]


def test_g502_a_route_is_its_name_s_wherever_its_path_goes():
    made = plan([route("a", "/1"), route("b", "/2")], [route("a", "/2"), route("b", "/1")], prune=True)
    assert [(one.action, one.name) for one in made.changes] == [("update", "a"), ("update", "b")]


def test_g502_a_route_without_a_name_of_its_own_is_what_it_matches():
    stored = [route("", "/1"), route("twice", "/2"), route("twice", "/3")]
    wanted = [route("one", "/1"), route("twice", "/3"), route("twice", "/4")]
    made = plan(stored, wanted, prune=True)
    assert [(one.action, one.name) for one in made.changes] == [
        ("delete", "twice"),
        ("update", "/1"),
        ("create", "twice"),
    ]


def test_g502_an_id_comes_before_a_name():
    stored = [route("a", "/1", "id 1"), route("b", "/2", "id 2")]
    pairs = counterparts(stored, [route("b", "/1", "id 1")])
    assert pairs[0] is stored[0]


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.sampled_from("12345")), unique_by=lambda one: one[1]),
    st.data(),
)
def test_g502_no_two_objects_are_one(pairs: list[tuple[str, str]], data: st.DataObject):
    wanted = [route(name, path) for name, path in pairs]
    stored = [route(name, path) for name, path in data.draw(st.permutations(pairs))]
    assert counterparts(stored, wanted) == {
        number: next(one for one in stored if one.identity == entry.identity) for number, entry in enumerate(wanted)
    }
    assert not plan(stored, wanted, prune=True).changes


def test_g502_an_object_is_named_once():
    assert [
        problem.place.name for problem in repeated([entry("role", "a"), entry("role", "a"), entry("service", "a")])
    ] == [""]


def test_g502_a_plan_shows_no_secret():
    made = plan(
        [entry("issuer", "a", {"secret": Secret("old")})],
        [entry("issuer", "a", {"secret": Secret("new")}), entry("issuer", "b", {"secret": Secret("other")})],
    )
    told = "\n".join(plan_lines(made)) + str(plan_document(made))
    assert "(secret) → (secret)" in told
    assert not {"old", "new", "other"} & set(told.replace("'", " ").split())


def test_g502_a_plan_is_told_with_its_sum():
    made = plan(
        [entry("service", "a", {"x": 1}), entry("role", "gone")],
        [entry("service", "a", {"x": 2}), entry("role", "r")],
        prune=True,
    )
    assert list(plan_lines(made)) == [
        "- role gone",
        "+ role r",
        "    name: r",
        "~ service a",
        "    x: 1 → 2",
        "",
        "Plan: 1 to create, 1 to update, 1 to delete; 0 unchanged.",
    ]
    assert plan_document(made)["summary"] == {"create": 1, "update": 1, "delete": 1, "unchanged": 0, "left": 0}
