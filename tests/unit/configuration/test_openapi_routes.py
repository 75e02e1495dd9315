"""Operations of an OpenAPI document as routes."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override

from configuration.files.openapi.operations import routes_of
from configuration.files.openapi.servers import first_server
from configuration.files.problem import DocumentError
from configuration.files.reading import read_document


def of(paths: dict[str, Any], prefix: str = "", target: str = "/", **document: Any) -> list[dict[str, Any]]:
    return routes_of({"openapi": "3.0.3", "paths": paths, **document}, "shop", prefix, target)


def test_g502_an_operation_is_a_route():
    operation = {"operationId": "readOrder", "summary": "One\n order", "tags": ["orders", "public"]}
    assert of({"/orders/{id}": {"get": operation}}, "/shop/", "/v1") == [
        {
            "name": "readOrder",
            "service_name": "shop",
            "path_pattern": "/shop/orders/*",
            "method": "GET",
            "target_url": "/v1/orders/*",
            "description": "One order",
            "labels": {"tags": "orders,public"},
        }
    ]


def test_g502_a_template_within_a_path_makes_a_pattern_that_comes_before_what_covers_it():
    routes = of({"/a/{x}": {"get": {}}, "/a/{x}/b": {"get": {}}, "/a/{x}/b/{y}": {"get": {}}, "/a/me": {"get": {}}})
    assert [(one["path_pattern"], one.get("path_kind"), one.get("priority")) for one in routes] == [
        ("/a/*", None, None),
        ("/a/*/b", "pattern", 1),
        ("/a/*/b/*", "pattern", 1),
        ("/a/me", None, None),
    ]
    assert routes[0]["name"] == "GET /a/{x}"


@pytest.mark.parametrize(
    ("whole", "own", "wanted"),
    [
        (None, None, True),
        (None, [], False),
        (None, [{}], False),
        (None, [{"key": []}], True),
        ([{"key": []}], None, True),
        ([{"key": []}], [], False),
        ([], None, False),
        ([], [{"key": []}, {}], False),
    ],
)
def test_g502_security_says_whether_a_token_is_asked_for(whole: Any, own: Any, wanted: bool):
    operation = {} if own is None else {"security": own}
    document = {} if whole is None else {"security": whole}
    assert of({"/a": {"get": operation}}, **document)[0].get("requires_auth", True) is wanted


def test_g502_a_path_may_stand_elsewhere_in_the_document():
    items = {"a/b": {"post": {"operationId": "made"}}}
    routes = of({"/a": {"$ref": "#/components/pathItems/a~1b"}}, components={"pathItems": items})
    assert [(one["name"], one["method"]) for one in routes] == [("made", "POST")]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"/a/{x}.json": {"get": {}}}, "paths “/a/{x}.json”: A route cannot say"),
    ({"a": {"get": {}}}, "paths “a”: A route cannot say"),
    ({"/a": {"options": {}}}, "paths “/a”: options: No route is made"),
    ({"/a": {"head": {}}}, "paths “/a”: head: HEAD is answered by"),
    ({"/a": {"servers": [{"url": "/"}]}}, "paths “/a”: servers: Has servers of its own"),
    ({"/a": {"get": {"servers": [{"url": "/"}]}}}, "paths “/a”: get.servers: Has servers of its own"),
    ({"/a": {"get": {"operationId": "x" * 101}}}, "paths “/a”: get.operationId: Longer than"),
    ({"/a": {"get": 1}}, "paths “/a”: get: Must be an object."),
    ({"/a": 1}, "paths “/a”: Must be an object."),
    ({"/a": {"$ref": "other.yaml#/a"}}, "paths “/a”: $ref: Leads out of the document"),
    ({"/a": {"$ref": "#/nowhere"}}, "paths “/a”: $ref: Leads out of the document"),
]


@pytest.mark.parametrize(("paths", "told"), REFUSED)
def test_g502_what_a_route_cannot_say_is_refused_by_name(paths: dict[str, Any], told: str):
    with override("en"), pytest.raises(DocumentError) as refused:
        of({"/fine": {"get": {}}, **paths})
    assert [str(problem).startswith(told) for problem in refused.value.problems] == [True]


@pytest.mark.parametrize("document", [{}, {"openapi": "2.0"}, {"swagger": "2.0"}, {"openapi": "3.1.0", "paths": []}])
def test_g502_another_document_is_refused(document: dict[str, Any]):
    with pytest.raises(DocumentError):
        routes_of(document, "shop", "", "/")


@pytest.mark.parametrize(
    ("url", "instance", "path"),
    [
        ("/", None, "/"),
        ("/v1", None, "/v1"),
        ("v1", None, "/v1"),
        ("http://shop", {"instance_id": "shop:80", "host": "shop", "port": 80}, "/"),
        (
            "https://shop.example:8443/v1/",
            {"instance_id": "shop.example:8443", "host": "shop.example", "port": 8443, "protocol": "https"},
            "/v1/",
        ),
        ("http://[2001:db8::1]:81", {"instance_id": "2001:db8::1:81", "host": "2001:db8::1", "port": 81}, "/"),
    ],
)
def test_g502_the_first_server_is_an_instance(url: str, instance: dict[str, Any] | None, path: str):
    assert first_server({"servers": [{"url": url}, {"url": "https://other"}]}) == (instance, path)


def test_g502_variables_of_a_server_have_their_defaults():
    server = {
        "url": "https://{host}.example/{base}",
        "variables": {"host": {"default": "eu"}, "base": {"default": "v2"}},
    }
    assert first_server({"servers": [server]})[1] == "/v2"
    assert first_server({}) == (None, "/")


@pytest.mark.parametrize("servers", [1, [1], [{}], [{"url": "ftp://x"}], [{"url": "http://x:y"}], [{"url": "//{a}"}]])
def test_g502_a_server_that_is_none_is_refused(servers: Any):
    with pytest.raises(DocumentError):
        first_server({"servers": servers})


def test_g502_the_lines_of_a_yaml_document_are_told():
    text = b"openapi: 3.1.0\npaths:\n  /a:\n    get: {}\n  /b-{x}:\n    get: {}\n"
    with override("en"), pytest.raises(DocumentError, match=r"line 5: paths “/b-\{x\}”"):
        routes_of(read_document(text), "shop", "", "/")
