"""Which searches are requests."""

from __future__ import annotations

import pytest

from routing.path_search import LONGEST, PathSearch, path_search


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/users/7", PathSearch("", "", "", "/users/7", "/users/7")),
        (" /users/7?a=1 ", PathSearch("", "", "", "/users/7?a=1", "/users/7")),
        ("get /users/7", PathSearch("GET", "", "", "/users/7", "/users/7")),
        ("POST Shop.Example.com/users", PathSearch("POST", "", "shop.example.com", "/users", "/users")),
        ("shop.example.com/users", PathSearch("", "", "shop.example.com", "/users", "/users")),
        ("localhost:8080/users", PathSearch("", "", "localhost:8080", "/users", "/users")),
        ("https://shop/users", PathSearch("", "https", "shop", "/users", "/users")),
        ("/käse 7", None),
        ("/käse", PathSearch("", "", "", "/k%C3%A4se", "/käse")),
        ("/a%2Fb/*", PathSearch("", "", "", "/a%2Fb/*", "/a%2Fb/*")),
    ],
)
def test_a_request_is_taken_apart(text: str, wanted: PathSearch | None) -> None:
    assert path_search(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "users", "users of shops", "users/7", "get", "GET users", "api/v1", "/a b", "/a#b", "user@host.tld/x"]
)
def test_other_text_is_only_text(text: str) -> None:
    assert path_search(text) is None


def test_it_is_no_longer_than_a_request_may_be() -> None:
    found = path_search("/" + "a" * 100_000)
    assert found is not None
    assert len(found.target) == LONGEST
