"""What every endpoint shares: envelope, headers, languages, and no bad input that ends in a 500 (G-001…G-016)."""

from __future__ import annotations

import json

import pytest

from permissions.models import Permission
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_instance, make_route

pytestmark = pytest.mark.django_db

BAD_BODIES = {
    "nothing": b"",
    "not JSON": b"{",
    "trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "an array": b"[]",
    "a string": b'"x"',
    "a number": b"1",
    "null": b"null",
    "duplicate keys": b'{"service_name": "a", "service_name": "b"}',
    "NaN": b'{"port": NaN}',
    "infinity": b'{"port": -Infinity}',
    "a float out of range": b'{"port": 1e999}',
    "a huge integer": b'{"port": ' + b"9" * 5000 + b"}",
    "a large integer": b'{"port": 99999999999999999999999, "timeout_seconds": 99999999999999999999999}',
    "NUL in a value": b'{"service_name": "a\\u0000b"}',
    "NUL in a key": b'{"a\\u0000": 1}',
    "a raw NUL": b'{"service_name": "a\x00b"}',
    "a lone surrogate": b'{"service_name": "\\ud800"}',
    "a lone surrogate in a key": b'{"\\udfff": 1}',
    "a lone surrogate deep down": b'{"metadata": {"a": ["\\ud800"]}, "labels": {"a": "\\ud800"}}',
    "not UTF-8": b'{"service_name": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "deep arrays": b'{"metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"metadata": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
    "unknown fields": b'{"colour": "red"}',
    "every type wrong": json.dumps(
        {name: [{}] for name in [*ROUTE_BODY, *INSTANCE_BODY, "metadata", "labels"]}
    ).encode(),
    "every value null": json.dumps(dict.fromkeys([*ROUTE_BODY, *INSTANCE_BODY, "metadata", "labels"])).encode(),
    "every text long": json.dumps(dict.fromkeys([*ROUTE_BODY, *INSTANCE_BODY], "x" * 100_000)).encode(),
    "a long key": b'{"' + b"k" * 100_000 + b'": 1}',
}


def write_endpoints() -> list[tuple[str, str]]:
    route, instance = make_route("/a"), make_instance()
    return [
        ("post", "/admin/routes"),
        ("put", f"/admin/routes/{route.pk}"),
        ("post", "/admin/services"),
        ("put", f"/admin/services/{instance.pk}"),
        ("put", f"/admin/services/{instance.service.name}/policy"),
        ("post", "/admin/permissions"),
        ("put", f"/admin/permissions/{Permission.objects.get(code='service.read').pk}"),
        ("post", "/admin/auth/token"),
        ("post", "/admin/auth/refresh"),
        ("post", "/admin/auth/revoke"),
    ]


@pytest.mark.parametrize("name", BAD_BODIES)
def test_g014_a_bad_body_is_f40000_on_every_endpoint(admin, name):
    for method, path in write_endpoints():
        response = getattr(admin, method)(path, BAD_BODIES[name], content_type="application/json")
        assert response.status_code == 400, (path, response.content)
        reply = response.json()
        assert list(reply) == ["code", "msg", "content"]
        assert reply["code"] == "F40000"


@pytest.mark.parametrize(
    "name", ["NUL in a value", "a lone surrogate", "duplicate keys", "a large integer", "unknown fields"]
)
def test_g014_the_error_names_the_field(admin, name):
    response = admin.post("/admin/services", BAD_BODIES[name], content_type="application/json")
    assert response.json()["content"]["errors"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_g014_another_content_type_is_f40000(admin, content_type):
    for method, path in write_endpoints():
        response = getattr(admin, method)(path, json.dumps(ROUTE_BODY).encode(), content_type=content_type)
        assert (response.status_code, response.json()["code"]) == (400, "F40000")
        if content_type:
            assert list(response.json()["content"]["errors"]) == ["Content-Type"]


def test_g014_a_body_over_the_limit_is_f41300(admin, settings):
    from dataclasses import replace

    settings.GATEWAY_OPTIONS = replace(settings.GATEWAY_OPTIONS, max_control_body_bytes=1000)
    response = admin.post("/admin/routes", b'{"a": "' + b"x" * 1000 + b'"}', content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "F41300")


@pytest.mark.parametrize(
    "path", ["/admin/nothing", "/admin", "/admin/", "/admin/routes/", "/nothing", "/health/x", "/gateway"]
)
@pytest.mark.parametrize("method", ["get", "post", "options", "delete"])
def test_g001_an_unknown_path_is_f40400_in_the_envelope(admin, path, method):
    response = getattr(admin, method)(path)
    assert response.status_code == 404
    assert response.json() == {"code": "F40400", "msg": "路徑不存在", "content": {}}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("patch", "/admin/routes", "GET, POST, HEAD, OPTIONS"),
        ("post", "/admin/routes/1", "GET, PUT, DELETE, HEAD, OPTIONS"),
        ("post", "/health", "GET, HEAD, OPTIONS"),
        ("delete", "/metrics", "GET, HEAD, OPTIONS"),
    ],
)
def test_g012_a_wrong_method_is_f40500_with_allow(admin, method, path, allowed):
    response = getattr(admin, method)(path)
    assert (response.status_code, response.json()["code"]) == (405, "F40500")
    assert set(response["Allow"].split(", ")) == set(allowed.split(", "))


def test_g001_an_unforeseen_error_is_f50000_in_the_envelope(admin, monkeypatch):
    from routing.api.views import RouteViewSet

    monkeypatch.setattr(RouteViewSet, "get_queryset", lambda self: 1 / 0)
    admin.raise_request_exception = False
    response = admin.get("/admin/routes")
    assert (response.status_code, response.json()) == (500, {"code": "F50000", "msg": "系統內部錯誤", "content": {}})


def test_g016_a_valid_request_id_is_kept_and_another_replaced(anonymous):
    assert anonymous.get("/health/live", headers={"X-Request-ID": "a-1"})["X-Request-ID"] == "a-1"
    for bad in ("", "a b", "x" * 65, "a\tb", "é"):
        replaced = anonymous.get("/health/live", headers={"X-Request-ID": bad})["X-Request-ID"]
        assert replaced not in ("", bad)


def test_g016_every_reply_carries_the_safety_headers(admin, anonymous):
    for response in (admin.get("/admin/routes"), anonymous.get("/admin/routes"), anonymous.get("/nothing")):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Gateway-Revision"].isdigit()
        assert "Access-Control-Allow-Origin" not in response


def test_g016_cors_answers_listed_origins_only(anonymous, settings):
    settings.GATEWAY_CORS_ORIGINS = ("https://app.example",)
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    preflight = anonymous.options("/admin/routes", headers=asked)
    assert (preflight.status_code, preflight["Access-Control-Allow-Origin"]) == (204, "https://app.example")
    assert "Authorization" in preflight["Access-Control-Allow-Headers"]
    other = anonymous.get("/health/live", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other


@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        ("", "獲取路由配置成功"),
        ("*", "獲取路由配置成功"),
        ("zh-CN,zh;q=0.9", "獲取路由配置成功"),
        ("fr", "獲取路由配置成功"),
        ("en-GB,en;q=0.9,zh;q=0.1", "Routes fetched."),
        ("zh-TW,en;q=0.5", "獲取路由配置成功"),
    ],
)
def test_g005_the_language_follows_accept_language(admin, accepted, message):
    assert admin.call("GET", "/admin/routes", **{"Accept-Language": accepted})[1]["msg"] == message


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png", "nonsense", "*/*"])
def test_g001_the_reply_is_json_whatever_accept_says(anonymous, accept):
    response = anonymous.get("/admin/routes", headers={"Accept": accept})
    assert (response.status_code, response["Content-Type"]) == (401, "application/json")


def test_a_logged_in_person_sees_the_browsable_api(client, admin_user):
    client.force_login(admin_user)
    make_route("/a")
    for path in ("/admin/routes", "/admin/services?service_name=a"):
        response = client.get(path, headers={"Accept": "text/html"})
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/html")
        assert b"S10000" in response.content


def test_g003_timestamps_are_shown_in_the_time_zone_of_the_setting(admin, settings):
    from datetime import UTC, datetime

    from routing.models import Route

    route = make_route("/a")
    Route.objects.filter(pk=route.pk).update(created_at=datetime(2025, 1, 9, 2, 30, tzinfo=UTC))
    settings.TIME_ZONE = "Asia/Taipei"
    assert admin.call("GET", f"/admin/routes/{route.pk}")[1]["content"]["created_at"] == "2025-01-09 10:30:00"
