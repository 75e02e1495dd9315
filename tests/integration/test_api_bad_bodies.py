"""No body makes any endpoint of the OpenAPI document answer anything but F40000 or F41300 (G-014)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.common.every_kind import described, filled, make_every_kind
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY

pytestmark = [pytest.mark.django_db, pytest.mark.alike]

EVERY_NAME = [*ROUTE_BODY, *INSTANCE_BODY, "metadata", "labels", "name", "data", "token", "password", "reason"]
BAD_BODIES = {
    "nothing": b"",
    "not JSON": b"{",
    "trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "a comment": b'{"a": 1} // one',
    "two documents": b'{"a": 1}{"a": 1}',
    "an array": b"[]",
    "a string": b'"x"',
    "a number": b"1",
    "null": b"null",
    "duplicate keys": b'{"service_name": "a", "service_name": "b"}',
    "duplicate keys deep down": b'{"service_name": {"a": {"b": 1, "b": 2}}}',
    "NaN": b'{"port": NaN}',
    "infinity": b'{"port": -Infinity}',
    "a float out of range": b'{"port": 1e999}',
    "a huge integer": b'{"port": ' + b"9" * 5000 + b"}",
    "a large integer": b'{"port": 99999999999999999999999, "timeout_seconds": 99999999999999999999999}',
    "a leading zero": b'{"port": 01}',
    "NUL in a value": b'{"service_name": "a\\u0000b"}',
    "NUL in a key": b'{"a\\u0000": 1}',
    "a raw NUL": b'{"service_name": "a\x00b"}',
    "a raw line break": b'{"service_name": "a\nb"}',
    "a lone surrogate": b'{"service_name": "\\ud800"}',
    "a lone surrogate in a key": b'{"\\udfff": 1}',
    "a lone surrogate deep down": b'{"metadata": {"a": ["\\ud800"]}, "labels": {"a": "\\ud800"}}',
    "not UTF-8": b'{"service_name": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-32": '{"a": 1}'.encode("utf-32"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "deep arrays": b'{"metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep arrays without an end": b"[" * 100_000,
    "deep objects": b'{"metadata": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
    "deeper objects": b'{"metadata": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    "unknown fields": b'{"colour": "red"}',
    "every type wrong": json.dumps({name: [{}] for name in EVERY_NAME}).encode(),
    "every value null": json.dumps(dict.fromkeys(EVERY_NAME)).encode(),
    "every text long": json.dumps(dict.fromkeys(EVERY_NAME, "x" * 100_000)).encode(),
    "a long key": b'{"' + b"k" * 100_000 + b'": 1}',
}
LOGINS = ("/admin/auth/token", "/admin/auth/refresh")
LOGIN_BYTES = 64 * 1024
"""What is read of a request of somebody who has no token yet."""
FIELD_TO_BLAME = ["NUL in a value", "a lone surrogate", "duplicate keys", "a large integer", "unknown fields"]


def operations(*, without_optional: bool = False) -> list[tuple[str, str]]:
    """Method and path of every endpoint that reads a JSON body, for rows that are there."""
    values = make_every_kind()
    return [
        (method, filled(path, values))
        for path, item in described().items()
        for method, operation in item.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
        and (operation["requestBody"]["required"] or not without_optional)
    ]


def send(client: Any, method: str, path: str, body: bytes, content_type: str = "application/json") -> Any:
    return getattr(client, method)(path, body, content_type=content_type)


@pytest.mark.parametrize("name", BAD_BODIES)
def test_g014_a_bad_body_is_f40000_on_every_endpoint(admin, name):
    for method, path in operations(without_optional=name == "nothing"):
        response = send(admin, method, path, BAD_BODIES[name])
        reply = response.json()
        told = (400, "F40000") if path not in LOGINS or len(BAD_BODIES[name]) < LOGIN_BYTES else (413, "F41300")
        assert (response.status_code, reply["code"]) == told, (method, path, response.content[:1000])
        assert list(reply) == ["code", "msg", "content"]


@pytest.mark.parametrize("name", FIELD_TO_BLAME)
def test_g014_the_error_names_the_field(admin, name):
    response = send(admin, "post", "/admin/services", BAD_BODIES[name])
    assert response.json()["content"]["errors"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_g014_another_content_type_is_f40000(admin, content_type):
    for method, path in operations():
        response = send(admin, method, path, json.dumps(ROUTE_BODY).encode(), content_type)
        assert (response.status_code, response.json()["code"]) == (400, "F40000"), (method, path)
        if content_type:
            assert list(response.json()["content"]["errors"]) == ["Content-Type"]


def test_g014_a_body_over_the_limit_is_f41300(admin, settings):
    settings.GATEWAY_OPTIONS = replace(settings.GATEWAY_OPTIONS, max_control_body_bytes=1000)
    for method, path in operations():
        response = send(admin, method, path, b'{"a": "' + b"x" * 1000 + b'"}')
        assert (response.status_code, response.json()["code"]) == (413, "F41300"), (method, path)


def test_g014_who_has_no_token_yet_cannot_have_megabytes_read(anonymous, admin):
    body = b'{"a": "' + b"x" * LOGIN_BYTES + b'"}'
    for path in LOGINS:
        assert send(anonymous, "post", path, body).json()["code"] == "F41300"
    assert send(anonymous, "post", "/admin/routes", body).json()["code"] == "F40001"
    assert send(admin, "post", "/admin/routes", body).json()["code"] == "F40000"


def patterns(found: Any, before: str = "") -> list[tuple[str, Any]]:
    if isinstance(found, URLPattern):
        return [(before + str(found.pattern), found.callback)]
    assert isinstance(found, URLResolver)
    own = "" if str(found.pattern) == "^/" else str(found.pattern)
    return [one for inner in found.url_patterns for one in patterns(inner, before + own)]


def test_g006_every_endpoint_of_the_url_table_is_in_the_document():
    unlisted = {"openapi.json", "^swagger-ui/?$", "^(?!console/|static/)"}
    served = {path for path, view in patterns(get_resolver()) if hasattr(view, "cls") and path not in unlisted}
    called = {path for path in served if not path.startswith("console/")}  # by the console's own pages, in a session
    assert {"/" + re.sub(r"<[^>]+>", "{}", path) for path in called} == {
        re.sub(r"{\w+}", "{}", path) for path in described()
    }
