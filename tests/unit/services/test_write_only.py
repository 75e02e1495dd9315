from __future__ import annotations

from typing import Any

import pytest

from services.write_only import Place, is_secret, replaced

TEXT = {"type": "string"}
SECRET = {"type": "string", "writeOnly": True}
SCHEMA = {
    "properties": {
        "plain": TEXT,
        "password": SECRET,
        "headers": {"patternProperties": {"[Kk]ey": SECRET}, "additionalProperties": TEXT},
        "list": {"items": {"properties": {"token": SECRET}}},
        "any": {"additionalProperties": SECRET},
        "closed": {"additionalProperties": False},
    }
}


def places_in(value: Any) -> list[Place]:
    found: list[Place] = []
    replaced(SCHEMA, value, lambda place, text: found.append(place) or text)
    return found


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({"plain": "a", "password": "b"}, [("password",)]),
        ({"headers": {"X-Key": "a", "X-Place": "b"}}, [("headers", "X-Key")]),
        ({"list": [{"token": "a"}, {"other": "b"}, "c"]}, [("list", 0, "token")]),
        ({"any": {"x": "a"}}, [("any", "x")]),
        ({"closed": {"x": "a"}, "unknown": {"password": "a"}}, []),
        ({"password": 7, "headers": ["a"], "list": {"token": "a"}}, []),
        ("text", []),
        (None, []),
    ],
)
def test_texts_whose_schema_says_write_only_are_found_whatever_is_stored(value, places):
    assert places_in(value) == places


def test_what_nothing_is_replaced_in_is_the_same_object():
    value = {"plain": "a", "list": [{"other": "b"}], "headers": {"X-Place": "b"}}
    assert replaced(SCHEMA, value, lambda place, text: "*") is value


def test_what_is_replaced_is_a_copy():
    value = {"plain": "a", "list": [{"token": "b"}], "headers": {"X-Key": "c"}}
    found = replaced(SCHEMA, value, lambda place, text: "*")
    assert found == {"plain": "a", "list": [{"token": "*"}], "headers": {"X-Key": "*"}}
    assert value["list"] == [{"token": "b"}]


@pytest.mark.parametrize(
    ("place", "secret"),
    [
        (("password",), True),
        (("plain",), False),
        (("list", 3, "token"), True),
        (("list", "token"), False),
        (("headers", "x-key"), True),
        (("headers", "x"), False),
        (("nowhere", 0), False),
        ((), False),
    ],
)
def test_a_place_is_that_of_a_secret(place, secret):
    assert is_secret(SCHEMA, place) is secret
