"""The final field lists: H1, H3, H5, H6, H9, P6, F8, F13."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.forwarding import outgoing
from proxy.forwarding.identity import IDENTITY_FIELDS
from proxy.forwarding.outgoing import client_fields, response_headers, response_trailers

SET_BY_US = [
    b"x-user-id", b"x-user", b"x-user-email", b"x-consumer", b"x-consumer-name", b"x-consumer-custom-id",
    b"x-permissions", b"x-roles", b"x-credential-identifier", b"x-forwarded-for", b"x-forwarded-proto",
    b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-client-cert", b"x-real-ip", b"forwarded",
    b"x-request-id", b"traceparent",
]  # fmt: skip
NEVER_FORWARDED = [
    b"x-http-method-override", b"x-http-method", b"x-method-override", b"x-original-url", b"x-rewrite-url",
    b"x-forwarded-prefix", b"x-forwarded-uri", b"x-forwarded-method", b"content-length", b"transfer-encoding", b"te",
    b"expect", b"upgrade", b"keep-alive", b"proxy-authorization", b"proxy-connection", b"http2-settings",
]  # fmt: skip


def test_the_upstream_gets_the_clients_fields_in_order_without_its_host() -> None:
    client = [(b"host", b"gw"), (b"accept", b"*/*"), (b"via", b"1.0 cdn"), (b"cookie", b"a"), (b"cookie", b"b")]
    assert client_fields(client) == [
        (b"accept", b"*/*"),
        (b"via", b"1.0 cdn"),
        (b"cookie", b"a"),
        (b"cookie", b"b"),
    ]


@pytest.mark.parametrize("name", [*SET_BY_US, *NEVER_FORWARDED, *sorted(IDENTITY_FIELDS)])
def test_h5_a_clients_own_copy_never_reaches_the_upstream_in_any_spelling(name: bytes) -> None:
    spellings = {name, name.upper(), name.title(), name.replace(b"-", b"_"), name.replace(b"-", b"_", 1), name + b" "}
    made = client_fields([(spelling, b"forged") for spelling in spellings])
    assert made == []


@pytest.mark.parametrize("name", [b"x-username-hint", b"x-forwardedness", b"user-agent", b"x-custom", b"tracestate"])
def test_a_field_that_only_looks_alike_is_forwarded(name: bytes) -> None:
    assert (name, b"1") in client_fields([(name, b"1")])


def test_h6_names_with_an_underscore_are_dropped() -> None:
    assert client_fields([(b"api_key", b"1")]) == []


@pytest.mark.parametrize("place", [0, 1])
def test_h1_connection_removes_what_it_names_but_nothing_we_add(place: int) -> None:
    client = [(b"x-hop", b"1"), (b"x-stay", b"1"), (b"x-more", b"1")]
    client.insert(place * 3, (b"connection", b"x-hop, x-forwarded-for, x-user-id, host, authorization, x-request-id"))
    client += [(b"authorization", b"Bearer t"), (b"connection", b"x-more")]
    made = client_fields(client)
    assert [name for name, _ in made] == [
        b"x-stay", b"authorization",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from([*SET_BY_US, b"x-a", b"connection", b"x_user_id"]), st.binary(max_size=12))))
def test_h5_whatever_is_sent_nothing_that_is_ours_to_set_is_kept(client: list[tuple[bytes, bytes]]) -> None:
    made = client_fields(client)
    assert not [field for field in made if field[0] in SET_BY_US or field[0] == b"host"]


def test_unusual_names_are_remembered_up_to_a_bound() -> None:
    for number in range(outgoing._Fates.LIMIT + 50):
        assert len(client_fields([(b"x-n-%d" % number, b"1")])) == 1
    assert 0 < len(outgoing._fates) <= outgoing._Fates.LIMIT
    assert client_fields([(b"x-user-late", b"1")]) == []
    outgoing._fates.clear()


def test_h9_a_response_keeps_its_order_and_each_set_cookie() -> None:
    upstream = [
        (b"set-cookie", b"a=1"),
        (b"connection", b"keep-alive, x-hop"),
        (b"x-hop", b"1"),
        (b"set-cookie", b"b=2, c"),
        (b"content-length", b"5"),
        (b"trailer", b"x-sum"),
        (b"transfer-encoding", b"chunked"),
    ]
    assert response_headers(upstream) == [
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2, c"),
        (b"trailer", b"x-sum"),
    ]


def test_f13_forbidden_trailers_are_dropped() -> None:
    trailers = [(b"x-sum", b"1"), (b"content-length", b"1"), (b"set-cookie", b"a"), (b"transfer-encoding", b"chunked")]
    assert response_trailers(trailers) == [(b"x-sum", b"1")]
