"""What a request is hashed by (G-380)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from proxy.forwarding.hash_key import compile_hash_key
from proxy.http1.request_head import parse_request_head
from proxy.request import Request
from services.hash_key import InvalidHashKey, parse_hash_key


def exchange(target: str = "/", *fields: str, user: str = "") -> Any:
    lines = [f"GET {target} HTTP/1.1", "Host: a", *fields]
    head = parse_request_head("\r\n".join(lines).encode(), max_line=8000, max_fields=100)
    principal = SimpleNamespace(identity=SimpleNamespace(subject=user)) if user else None
    return SimpleNamespace(request=Request(head, peer="192.0.2.1", scheme="http"), principal=principal)


@pytest.mark.parametrize(
    ("text", "request_made", "key"),
    [
        ("", exchange(user="Åsa"), "Åsa".encode()),
        ("user", exchange(user="u1"), b"u1"),
        ("address", exchange(user="u1"), b"192.0.2.1"),
        ("header:X-Tenant", exchange("/", "x-tenant: red"), b"red"),
        ("header:x-tenant", exchange("/", "X-Tenant: red", "X-Tenant: blue"), b"red, blue"),
        ("cookie:sid", exchange("/", "Cookie: a=1; sid=7; sid=8"), b"7"),
        ("cookie:sid", exchange("/", "Cookie: a=1", "Cookie: sid=7"), b"7"),
        ("query:q", exchange("/?a=1&q=x%20y&q=z"), b"x y"),
        ("query:q", exchange("/?q=x+y"), b"x y"),
        ("query:a b", exchange("/?a%20b=1"), b"1"),
    ],
)
def test_g380_each_kind_of_key(text: str, request_made: Any, key: bytes) -> None:
    assert compile_hash_key(text)(request_made) == key


@pytest.mark.parametrize("text", ["", "user", "header:x", "cookie:x", "query:x"])
@pytest.mark.parametrize("target", ["/", "/?y=1", "/?x="])
def test_g380_a_request_without_it_goes_by_its_address(text: str, target: str) -> None:
    assert compile_hash_key(text)(exchange(target, "Cookie: y=1")) == b"192.0.2.1"
    assert compile_hash_key(text)(exchange(target)) == b"192.0.2.1"


@pytest.mark.parametrize(
    "text",
    ["users", "user:", "address:1", "header", "header:", "header:a b", "cookie:a=b", "query:", "query:\n", "x:y"],
)
def test_g380_what_names_no_part_of_a_request_is_refused(text: str) -> None:
    with pytest.raises(InvalidHashKey, match="hash_key"):
        parse_hash_key(text)
