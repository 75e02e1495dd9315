"""The edge rules H1 and H2."""

from __future__ import annotations

import pytest

from proxy.forwarding.hop_by_hop import HOP_BY_HOP, end_to_end, named_by_connection


def test_h1_every_hop_by_hop_field_is_removed_and_the_order_kept() -> None:
    headers = [
        (b"a", b"1"),
        *((name, b"x") for name in sorted(HOP_BY_HOP)),
        (b"set-cookie", b"1"),
        (b"set-cookie", b"2"),
    ]
    assert end_to_end(headers) == [(b"a", b"1"), (b"set-cookie", b"1"), (b"set-cookie", b"2")]


def test_h1_a_message_without_any_is_left_as_it_is() -> None:
    assert end_to_end([(b"a", b"1"), (b"b", b"2")]) == [(b"a", b"1"), (b"b", b"2")]


def test_h1_what_connection_names_is_removed_in_any_case_from_any_line() -> None:
    headers = [
        (b"connection", b"close, X-One"),
        (b"x-one", b"1"),
        (b"x-two", b"2"),
        (b"x-three", b"3"),
        (b"connection", b" x-TWO ,,keep-alive"),
    ]
    assert end_to_end(headers) == [(b"x-three", b"3")]


@pytest.mark.parametrize(
    "value", [b"keep-alive", b"close", b"upgrade", b"Upgrade", b"keep-alive, Upgrade", b"", b", ,"]
)
def test_h1_a_usual_connection_names_nothing(value: bytes) -> None:
    assert named_by_connection(value) == frozenset()


@pytest.mark.parametrize(
    "name",
    [
        b"Host", b"Authorization", b"Cookie", b"Content-Length", b"Content-Type", b"Content-Encoding", b"Set-Cookie",
        b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Real-IP", b"Forwarded", b"Via", b"X-User-Id", b"X_User_Id",
        b"X-Consumer-Name", b"X-Request-ID", b"traceparent", b"Cache-Control", b"If-None-Match", b"Accept", b"Vary",
    ],
)  # fmt: skip
def test_h1_connection_cannot_take_away_an_essential_field(name: bytes) -> None:
    headers = [(b"connection", b"close, " + name), (name.lower(), b"x")]
    assert end_to_end(headers) == [(name.lower(), b"x")]


def test_h2_proxy_credentials_end_here() -> None:
    assert end_to_end([(b"proxy-authorization", b"Basic x"), (b"proxy-authenticate", b"Basic")]) == []
