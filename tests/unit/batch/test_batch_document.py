"""The body of a batch is read strictly, and what is wrong is named (G-290, G-014, R-21)."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.batch.document import DEFAULT_SECONDS, Batch, parse_batch
from proxy.batch.part_fields import inherited_fields
from proxy.batch.refusal import Refused


def read(*requests: object, **fields: object) -> Batch:
    return parse_batch(bytearray(json.dumps({"requests": list(requests), **fields}).encode()))


def errors_of(document: bytes) -> dict[str, list[str]]:
    with pytest.raises(Refused) as caught:
        parse_batch(bytearray(document))
    return caught.value.said(str)


def wrong(*requests: object, **fields: object) -> set[str]:
    return set(errors_of(json.dumps({"requests": list(requests), **fields}).encode()))


def test_g290_a_part_needs_a_path_only():
    (part,) = read({"path": "/a?b=c"}).parts
    assert (part.id, part.method, part.target, part.headers, part.body) == (0, "GET", b"/a?b=c", [], b"")
    assert read({"path": "/"}).seconds == DEFAULT_SECONDS


def test_g290_a_json_body_is_sent_byte_for_byte_as_it_stands():
    document = b'{"requests":[{"path":"/a","method":"POST","body": {"n": 1.10000000000000000001, "s" :"\\u4e2d"} }]}'
    (part,) = parse_batch(bytearray(document)).parts
    assert part.body == b'{"n": 1.10000000000000000001, "s" :"\\u4e2d"}'
    assert part.headers == [(b"content-type", b"application/json")]


@pytest.mark.parametrize("body", [r'{"a": "\ud800"}', r'["\udc00\ud800"]', '{"\\ud800": 1}'])
def test_g014_half_a_character_in_a_json_body_is_refused(body):
    document = f'{{"requests":[{{"path":"/a","body":{body}}}]}}'.encode()
    assert list(errors_of(document)) == ["non_field_errors"]


def test_r10_a_document_is_let_go_as_it_is_read():
    document = bytearray(b'{"requests":[{"path":"/a","body":"text"}]}')
    assert parse_batch(document).parts[0].body == b"text"
    assert not document


@pytest.mark.parametrize(
    ("given_body", "sent", "kind"),
    [
        ({"body": "text ÿ"}, "text ÿ".encode(), b"text/plain; charset=utf-8"),
        ({"body": [1, None]}, b"[1, null]", b"application/json"),
        ({"body": False}, b"false", b"application/json"),
        ({"body": 0}, b"0", b"application/json"),
        ({"body_base64": base64.b64encode(b"\x00\xff").decode()}, b"\x00\xff", b"application/octet-stream"),
    ],
)
def test_g290_a_body_is_json_text_or_base64(given_body, sent, kind):
    (part,) = read({"path": "/", "method": "PUT", **given_body}).parts
    assert (part.body, part.headers) == (sent, [(b"content-type", kind)])
    (part,) = read({"path": "/", "method": "PUT", "headers": {"Content-Type": "a/b"}, **given_body}).parts
    assert part.headers == [(b"content-type", b"a/b")]


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("a=%20&b", b"/p?a=%20&b"),
        ("?a", b"/p?a"),
        ("", b"/p"),
        ({}, b"/p"),
        ({"a": "ä b", "n": 1, "l": ["x", "y&z"]}, b"/p?a=%C3%A4+b&n=1&l=x&l=y%26z"),
    ],
)
def test_g290_a_query_is_text_or_names_and_values(query, sent):
    assert read({"path": "/p", "query": query}).parts[0].target == sent


@pytest.mark.parametrize("count", [1, 50])
def test_g290_one_to_fifty_parts(count):
    assert len(read(*[{"path": "/"}] * count).parts) == count


@pytest.mark.parametrize("count", [0, 51, 10_000])
def test_r21_not_none_nor_more(count):
    assert wrong(*[{"path": "/"}] * count) == {"requests"}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (b"", "non_field_errors"),
        (b"[]", "non_field_errors"),
        (b"\xff", "non_field_errors"),
        (b"[" * 100_000, "non_field_errors"),
        (b'{"requests": [{"path": "/", "query": {"n": NaN}}]}', "non_field_errors"),
        (b'{"requests": [{"path": "/", "body": 1e999}]}', "non_field_errors"),
        (b'{"requests": [{"path": "/", "body": ' + b"1" * 5000 + b"}]}", "non_field_errors"),
        (b'{"requests": [], "requests": [{"path": "/"}]}', "requests"),
        (b'{"requests": [{"path": "/", "path": "/admin"}]}', "path"),
        (b'{"requests": [{"path": "/", "body": {"a": 1, "a": 2}}]}', "a"),
        (b"{}", "requests"),
    ],
)
def test_r21_g014_what_two_readers_could_take_differently_is_refused(document, field):
    assert set(errors_of(document)) == {field}


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("x", ""),
        ({"path": "/", "extra": 1}, ".extra"),
        ({}, ".path"),
        ({"path": "a"}, ".path"),
        ({"path": "http://other/"}, ".path"),
        ({"path": "/a b"}, ".path"),
        ({"path": "/a\r\nX: y"}, ".path"),
        ({"path": "/ä"}, ".path"),
        ({"path": "/a#b"}, ".path"),
        ({"path": "/a?b", "query": "c"}, ".query"),
        ({"path": "/", "query": "a b"}, ".query"),
        ({"path": "/", "query": {"a": None}}, ".query"),
        ({"path": "/", "query": 1}, ".query"),
        ({"path": "/", "query": {"a": "\ud800"}}, ".query"),
        ({"path": "/", "body": "\ud800"}, ".body"),
        ({"path": "/", "method": "get"}, ".method"),
        ({"path": "/", "method": "GET /x HTTP/1.1\r\n"}, ".method"),
        ({"path": "/", "method": None}, ".method"),
        ({"path": "/", "id": 1.5}, ".id"),
        ({"path": "/", "id": True}, ".id"),
        ({"path": "/", "id": "x" * 201}, ".id"),
        ({"path": "/", "headers": []}, ".headers"),
        ({"path": "/", "headers": {"a": 1}}, ".headers"),
        ({"path": "/", "headers": {"A": "1", "a": "2"}}, ".headers"),
        ({"path": "/", "headers": {"a b": ""}}, ".headers.a b"),
        ({"path": "/", "headers": {"a": "x\r\nb: y"}}, ".headers.a"),
        ({"path": "/", "headers": {"a": "中"}}, ".headers.a"),
        ({"path": "/", "body": "a", "body_base64": "YQ=="}, ".body"),
        ({"path": "/", "body_base64": "?"}, ".body_base64"),
        ({"path": "/", "body_base64": 1}, ".body_base64"),
    ],
)
def test_g290_a_mistake_is_named_by_its_place(part, field):
    assert wrong({"path": "/"}, part) == {f"requests.1{field}"}


@pytest.mark.parametrize("spelling", [str, str.upper, lambda name: name.replace("-", "_")])
@pytest.mark.parametrize(
    "name",
    [
        "authorization", "host", "x-real-ip", "x-forwarded-for", "x-forwarded-anything", "forwarded", "via",
        "connection",
        "upgrade", "transfer-encoding", "content-length", "te", "expect", "x-user-id", "x-consumer", "x-permissions",
        "x-roles", "x-consumer-name", "proxy-authorization", "sec-websocket-key", "x-request-id", "traceparent",
        "x-http-method-override", "x-original-url", "keep-alive", "trailer",
    ],
)  # fmt: skip
def test_r21_h5_who_asks_and_how_it_came_is_not_a_parts_own(name, spelling):
    assert wrong({"path": "/", "headers": {spelling(name): "x"}}) == {f"requests.0.headers.{spelling(name)}"}


@pytest.mark.parametrize("seconds", [0, -1, 301, "1", True, [1]])
def test_the_time_is_a_number_within_bounds(seconds):
    assert wrong({"path": "/"}, timeout_seconds=seconds) == {"timeout_seconds"}


def test_all_mistakes_are_named_at_once():
    assert wrong({"path": 1, "method": 1}, {"id": "a", "path": "/"}, {"id": "a", "path": "/"}, what=1) == {
        "what", "requests.0.path", "requests.0.method", "requests.2.id",
    }  # fmt: skip


def test_what_counts_for_every_part_is_taken_over_from_the_outer_request():
    outer = [
        (b"host", b"a"), (b"authorization", b"Bearer x"), (b"x-forwarded-for", b"1.2.3.4"), (b"cookie", b"c"),
        (b"content-type", b"application/json"), (b"user-agent", b"u"), (b"accept-language", b"en"),
        (b"accept-encoding", b"gzip"),
    ]  # fmt: skip
    names = [name for name, _value in inherited_fields(outer, [(b"user-agent", b"own")])]
    assert names == [b"host", b"authorization", b"x-forwarded-for", b"accept-language"]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
names = st.sampled_from(["id", "method", "path", "headers", "query", "body", "body_base64", "x"])
rows = st.dictionaries(names, json_values | st.sampled_from(["/", "GET", "YQ==", {"a": "b"}]), max_size=7)


def read_or_refused(document: bytes) -> Batch | dict[str, list[str]]:
    try:
        return parse_batch(bytearray(document))
    except Refused as refusal:
        return refusal.said(str)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows | json_values, max_size=3) | json_values, json_values)
def test_whatever_comes_is_a_batch_or_a_named_refusal(requests, seconds):
    document = json.dumps({"requests": requests, "timeout_seconds": seconds}).encode()
    found = read_or_refused(document)
    if isinstance(found, dict):
        assert found
        json.dumps(found, ensure_ascii=False).encode()
    else:
        batch = found
        assert len(batch.parts) == len(requests)
        for part in batch.parts:
            assert part.target.startswith(b"/")
            assert not set(part.target) & set(b" \r\n\t#")
            for name, value in part.headers:
                assert not (set(name) | set(value)) & set(b"\r\n\0")


@given(st.binary(max_size=200))
def test_whatever_bytes_come_nothing_else_is_raised(document):
    with pytest.raises(Refused):
        parse_batch(bytearray(document))
