"""What every endpoint shares: envelope, headers, languages, but the bodies (G-001…G-016)."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.common.every_kind import described, filled, make_every_kind
from tests.common.factories import make_route

pytestmark = pytest.mark.django_db


@pytest.mark.alike
@pytest.mark.parametrize(
    "path", ["/admin/nothing", "/admin", "/admin/", "/admin/routes/", "/nothing", "/health/x", "/gateway"]
)
@pytest.mark.parametrize("method", ["get", "post", "options", "delete"])
def test_g001_an_unknown_path_is_f40400_in_the_envelope(admin, path, method):
    response = getattr(admin, method)(path)
    assert response.status_code == 404
    assert response.json() == {"code": "F40400", "msg": "路徑不存在", "content": {}}


@pytest.mark.parametrize(
    "path",
    [
        "/admin/routes",
        "/admin/routes/0",
        "/admin/services/a/policy",
        "/admin/services/a/plugins/cors",
        "/admin/plugins/global/cors",
        "/admin/auth/token",
        "/health",
    ],
)
def test_g001_options_is_answered_in_the_envelope_without_reading_a_row(admin, path):
    status, reply = admin.call("OPTIONS", path)
    assert (status, reply["code"]) == (200, "S10000")
    assert "actions" not in reply["content"]


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


def test_g002_success_is_s10000_and_a_failure_f_and_five_digits(admin, anonymous):
    values = make_every_kind()
    paths = [filled(path, values) for path, item in described().items() if "get" in item]
    for path in paths:
        good, refused = admin.get(path), anonymous.get(path)
        assert (good.json()["code"] == "S10000") == (good.status_code == 200), path
        for reply in (one.json() for one in (good, refused) if one.status_code != 200):
            assert re.fullmatch(r"F\d{5}", reply["code"])
        if refused.status_code == 401:
            assert refused.json()["content"] == {}


def test_g004_ids_of_routes_and_instances_are_uuids_and_those_of_permissions_texts(admin):
    values = make_every_kind()
    for place in ("/admin/routes/", "/admin/services/"):
        identity = admin.call("GET", place + values[place])[1]["content"]["id"]
        assert str(uuid.UUID(identity)) == identity == values[place]
    listed = admin.call("GET", "/admin/permissions")[1]["content"]["permissions"]
    assert all(isinstance(one["id"], str) for one in listed)
