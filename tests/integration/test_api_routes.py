"""POST, GET, PUT and DELETE /admin/routes (G-100…G-161)."""

from __future__ import annotations

import re
import uuid

import pytest

from routing.models import Route
from tests.common.factories import ROUTE_BODY, make_permission, make_route

pytestmark = pytest.mark.django_db

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def test_g103_create_answers_exactly_four_fields(admin):
    status, reply = admin.call("POST", "/admin/routes", ROUTE_BODY)
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "創建路由配置成功")
    content = reply["content"]
    assert list(content) == ["route_id", "service_name", "path_pattern", "created_at"]
    assert uuid.UUID(content["route_id"])
    assert TIMESTAMP.fullmatch(content["created_at"])


@pytest.mark.alike
@pytest.mark.parametrize("name", ["header_conditions", "query_conditions", "rewrite"])
@pytest.mark.parametrize("value", [0, True, "", {}, 1.5, [0], [[]], [{"name": 0}]])
def test_g107_a_condition_of_another_type_is_refused_by_its_name(admin, name, value):
    status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, name: value})
    assert (status, list(reply["content"]["errors"])) == (400, [name])


@pytest.mark.parametrize("field", ["service_name", "path_pattern", "target_url", "method"])
def test_g100_four_fields_are_required(admin, field):
    body = {name: value for name, value in ROUTE_BODY.items() if name != field}
    status, reply = admin.call("POST", "/admin/routes", body)
    assert (status, list(reply["content"]["errors"])) == (400, [field])


@pytest.mark.parametrize(("field", "longest"), [("service_name", 100), ("path_pattern", 500), ("target_url", 500)])
def test_g100_texts_have_one_character_to_their_longest(admin, field, longest):
    slash = "" if field == "service_name" else "/"
    plain = {**ROUTE_BODY, "path_pattern": "/a", "target_url": "/a"}
    for length, accepted in ((0, False), (1, True), (longest, True), (longest + 1, False)):
        body = {**plain, field: (slash + "a" * length)[:length], "version": f"v{length}"}
        status, reply = admin.call("POST", "/admin/routes", body)
        assert status == (200 if accepted else 400), (length, reply)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "ANY"])
def test_g100_six_methods_are_named(admin, method):
    assert admin.call("POST", "/admin/routes", {**ROUTE_BODY, "method": method})[0] == 200
    assert admin.call("POST", "/admin/routes", {**ROUTE_BODY, "method": method.lower()})[0] == 400


def test_g101_defaults_are_those_of_the_interface_description(admin):
    _status, reply = admin.call("POST", "/admin/routes", ROUTE_BODY)
    _status, shown = admin.call("GET", f"/admin/routes/{reply['content']['route_id']}")
    expected = {
        "version": "v1",
        "is_active": True,
        "requires_auth": True,
        "required_permissions": [],
        "permission_check_strategy": "any",
        "rate_limit_rpm": 1000,
        "timeout_seconds": 30,
        "retry_count": 3,
        "circuit_breaker_enabled": True,
        "cache_enabled": False,
        "cache_ttl_seconds": 300,
        "load_balance_strategy": "round_robin",
        "hash_key": "",
        "priority": 0,
    }
    assert {name: shown["content"][name] for name in expected} == expected


@pytest.mark.parametrize(
    ("field", "lowest", "highest"),
    [
        ("rate_limit_rpm", 1, 1_000_000_000),
        ("timeout_seconds", 1, 300),
        ("retry_count", 0, 10),
        ("cache_ttl_seconds", 1, 3600),
        ("priority", -1000, 1000),
    ],
)
def test_g102_both_ends_of_a_range_are_in_it_and_one_beyond_is_not(admin, field, lowest, highest):
    for number, accepted in ((lowest, True), (highest, True), (lowest - 1, False), (highest + 1, False)):
        body = {**ROUTE_BODY, "path_pattern": f"/r/{number}/*", field: number}
        status, reply = admin.call("POST", "/admin/routes", body)
        assert status == (200 if accepted else 400), reply
        if not accepted:
            assert reply["code"] == "F40000"
            assert list(reply["content"]["errors"]) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rate_limit_rpm", True),
        ("rate_limit_rpm", "5"),
        ("rate_limit_rpm", 5.0),
        ("is_active", 1),
        ("is_active", "true"),
        ("is_active", None),
        ("service_name", 7),
        ("timeout_seconds", None),
    ],
)
def test_g102_a_value_of_another_type_is_refused(admin, field, value):
    status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, field: value})
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])


def test_g102_null_is_no_rate_limit(admin):
    _status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, "rate_limit_rpm": None})
    assert Route.objects.get(pk=reply["content"]["route_id"]).rate_limit_rpm is None


def test_g010_a_caller_who_is_no_administrator_stores_nothing(member):
    status, reply = member.call("POST", "/admin/routes", ROUTE_BODY)
    assert (status, reply) == (403, {"code": "F40003", "msg": "權限不足，僅管理員可操作", "content": {}})
    assert not Route.objects.exists()


def test_g008_no_token_is_401_with_a_challenge(anonymous):
    response = anonymous.post("/admin/routes", ROUTE_BODY, format="json")
    assert response.status_code == 401
    assert response.json()["code"] == "F40001"
    assert response["WWW-Authenticate"] == "Bearer"


def test_g013_all_errors_come_at_once(admin):
    status, reply = admin.call("POST", "/admin/routes", {"path_pattern": "users", "port": 1, "timeout_seconds": 0})
    assert status == 400
    assert set(reply["content"]["errors"]) == {
        "service_name",
        "target_url",
        "method",
        "port",
        "path_pattern",
        "timeout_seconds",
    }


def test_g015_an_unknown_field_is_refused_by_name(admin):
    _status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, "colour": "red"})
    assert reply["content"]["errors"] == {"colour": ["未知欄位。"]}


def test_g105_a_duplicate_is_refused_naming_the_other_route(admin):
    _status, first = admin.call("POST", "/admin/routes", ROUTE_BODY)
    status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, "service_name": "other"})
    assert (status, reply["code"]) == (409, "F40900")
    assert reply["content"]["conflicts_with"] == [first["content"]["route_id"]]
    assert first["content"]["route_id"] in reply["msg"]


@pytest.mark.parametrize(
    "difference",
    [{"method": "POST"}, {"version": "v2"}, {"priority": 1}, {"hosts": ["a.example.com"]}],
    ids=lambda one: next(iter(one)),
)
def test_g105_what_differs_in_matching_is_no_duplicate(admin, difference):
    admin.call("POST", "/admin/routes", ROUTE_BODY)
    status, _reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, **difference})
    assert status == 200


@pytest.mark.parametrize(
    "pattern",
    [
        "/admin",
        "/admin/*",
        "/health",
        "/metrics/x",
        "/swagger-ui",
        "/console/*",
        "/openapi.json",
        "users",
        "/a*",
        "/a/b*/c",
        "/a/../b",
        "/a//b",
        "/a b",
        "/a?x",
        "/a;x=1",
        "/%zz",
        "/%2f",
        "/%61",
        "/é",
        "/%00",
        "",
    ],
)
def test_g105_a_pattern_that_shadows_or_cannot_match_is_refused(admin, pattern):
    status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, "path_pattern": pattern, "target_url": "/"})
    assert (status, list(reply["content"]["errors"])) == (400, ["path_pattern"])


@pytest.mark.parametrize("pattern", ["/*", "/administration", "/a/*", "/a/*/b", "/a/*/b/*", "/a%2Fb", "/"])
def test_g105_a_pattern_as_the_examples_have_it_is_taken(admin, pattern):
    assert admin.call("POST", "/admin/routes", {**ROUTE_BODY, "path_pattern": pattern, "target_url": "/"})[0] == 200


@pytest.mark.parametrize(
    "target", ["http://evil.example/x", "//evil.example", "users", "/a?b=1", "/../x", "/a/*/*", "ftp://h/"]
)
def test_g106_a_target_outside_the_service_is_refused(admin, target):
    status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, "target_url": target})
    assert (status, list(reply["content"]["errors"])) == (400, ["target_url"])


def test_g106_a_url_of_a_listed_host_is_taken_and_becomes_a_service_of_its_own(admin, settings):
    settings.GATEWAY_TARGET_HOSTS = ("api.example.com",)
    assert admin.call("POST", "/admin/routes", {**ROUTE_BODY, "target_url": "https://api.example.com/v2/*"})[0] == 200
    from routing.compile import route_specs, target_service_specs

    (route,), (service,) = route_specs(), target_service_specs()
    assert (route.target_url, route.problem, route.service_id) == ("/v2/*", "", service.id)
    instance = service.instances[0]
    assert (instance.scheme, instance.host, instance.port) == ("https", "api.example.com", 443)


def test_g225_an_unknown_permission_is_refused_by_name(admin):
    make_permission("user.read")
    body = {**ROUTE_BODY, "required_permissions": ["user.read", "user.fly"]}
    status, reply = admin.call("POST", "/admin/routes", body)
    assert status == 400
    assert "user.fly" in reply["content"]["errors"]["required_permissions"][0]
    assert "user.read" not in reply["content"]["errors"]["required_permissions"][0]


def test_g107_plugins_nobody_knows_are_refused_by_name(admin):
    status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, "plugins": {"teleport": {}}})
    assert status == 400
    assert "teleport" in reply["content"]["errors"]["plugins"][0]


def test_g107_every_further_field_is_kept(admin):
    further = {
        "name": "users",
        "description": "all of them",
        "hosts": ["API.example.com", "*.example.org"],
        "path_kind": "prefix",
        "path_handling": "normalise",
        "header_conditions": [{"name": "X-Canary", "operator": "equals", "value": "1"}],
        "query_conditions": [{"name": "debug", "operator": "present"}],
        "client_cidrs": ["10.0.0.0/8"],
        "labels": {"team": "red"},
        "preserve_host": True,
        "strip_path": False,
        "rewrite": {"regex": "^/a", "replacement": "/b"},
        "max_body_bytes": 1000,
    }
    body = (
        {name: value for name, value in ROUTE_BODY.items() if name != "method"} | further | {"methods": ["GET", "PUT"]}
    )
    status, reply = admin.call("POST", "/admin/routes", body)
    assert status == 200, reply
    _status, shown = admin.call("GET", f"/admin/routes/{reply['content']['route_id']}")
    further["hosts"] = ["api.example.com", "*.example.org"]
    assert {name: shown["content"][name] for name in further} == further
    assert shown["content"]["method"] == "GET,PUT"


def test_g380_a_hash_key_is_kept_with_the_strategy_hash_and_refused_with_any_other(admin):
    body = {**ROUTE_BODY, "load_balance_strategy": "hash", "hash_key": "header:X-Tenant"}
    status, reply = admin.call("POST", "/admin/routes", body)
    assert status == 200, reply
    path = f"/admin/routes/{reply['content']['route_id']}"
    assert admin.call("GET", path)[1]["content"]["hash_key"] == "header:X-Tenant"
    status, reply = admin.call("PUT", path, {"load_balance_strategy": "ewma"})
    assert (status, list(reply["content"]["errors"])) == (400, ["hash_key"])
    assert "ewma" in reply["content"]["errors"]["hash_key"][0]
    assert admin.call("PUT", path, {"load_balance_strategy": "ewma", "hash_key": ""})[0] == 200


@pytest.mark.alike
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hosts", ["http://a"]),
        ("hosts", ["a:80"]),
        ("hosts", "a"),
        ("hosts", ["a.b", "A.b"]),
        ("client_cidrs", ["10.0.0.0/40"]),
        ("header_conditions", [{"name": "a b"}]),
        ("header_conditions", {"name": "a"}),
        ("header_conditions", [{"name": "a", "operator": "like"}]),
        ("header_conditions", [{"name": "a", "operator": "matches", "value": "("}]),
        ("query_conditions", [{"name": ["x"]}]),
        ("labels", {"a": 1}),
        ("labels", []),
        ("rewrite", {"regex": "("}),
        ("rewrite", {"regex": "a", "replacement": "\\9"}),
        ("methods", ["get"]),
        ("methods", ["CONNECT"]),
        ("path_kind", "glob"),
        ("load_balance_strategy", "best"),
        ("hash_key", "colour"),
        ("hash_key", "header:"),
        ("hash_key", "user"),
        ("max_body_bytes", -1),
        ("max_body_bytes", 10**30),
    ],
)
def test_g107_a_bad_further_field_is_named(admin, field, value):
    status, reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, field: value})
    assert status == 400, reply
    assert field in reply["content"]["errors"]


def test_g140_update_changes_the_given_fields_and_lists_those_whose_value_changed(admin):
    route = make_route("/a", timeout_seconds=30, priority=1)
    make_permission("user.read")
    body = {"rate_limit_rpm": 5, "timeout_seconds": 30, "required_permissions": ["user.read"], "method": "POST"}
    status, reply = admin.call("PUT", f"/admin/routes/{route.pk}", body)
    assert (status, reply["msg"]) == (200, "更新路由配置成功")
    assert list(reply["content"]) == ["route_id", "updated_fields", "updated_at"]
    assert set(reply["content"]["updated_fields"]) == {
        "rate_limit_rpm",
        "required_permissions",
        "method",
        "methods",
    } - {"methods"}
    route.refresh_from_db()
    assert (route.rate_limit_rpm, route.priority, route.permission_codes) == (5, 1, ["user.read"])


def test_g140_nothing_changed_is_no_revision(admin):
    from revisions.current import current_revision

    route = make_route("/a")
    before = current_revision()
    _status, reply = admin.call("PUT", f"/admin/routes/{route.pk}", {"timeout_seconds": 30})
    assert reply["content"]["updated_fields"] == []
    assert current_revision() == before


def test_g141_update_into_a_duplicate_or_bad_value_is_refused(admin):
    make_route("/a")
    route = make_route("/b")
    assert admin.call("PUT", f"/admin/routes/{route.pk}", {"path_pattern": "/a"})[0] == 409
    assert admin.call("PUT", f"/admin/routes/{route.pk}", {"timeout_seconds": 301})[0] == 400
    assert admin.call("PUT", f"/admin/routes/{route.pk}", {"target_url": "/*"})[0] == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("identity", ["9fda503c-7b5d-440e-8cef-fa9078c5446c", "x", "%00", "1"])
def test_g141_an_unknown_id_is_not_found(admin, method, identity):
    status, reply = admin.call(method, f"/admin/routes/{identity}", {} if method == "PUT" else None)
    assert (status, reply["code"]) == (404, "F40400")


def test_g143_if_match_guards_against_lost_updates(admin):
    route = make_route("/a")
    etag = admin.get(f"/admin/routes/{route.pk}")["ETag"]
    assert admin.call("PUT", f"/admin/routes/{route.pk}", {"priority": 1}, **{"If-Match": etag})[0] == 200
    status, reply = admin.call("PUT", f"/admin/routes/{route.pk}", {"priority": 2}, **{"If-Match": etag})
    assert (status, reply["code"]) == (412, "F41200")
    assert admin.call("DELETE", f"/admin/routes/{route.pk}", **{"If-Match": etag})[0] == 412
    route.refresh_from_db()
    assert route.priority == 1


def test_g160_delete_is_soft_and_happens_once_and_g161_the_path_is_free_again(admin):
    _status, created = admin.call("POST", "/admin/routes", ROUTE_BODY)
    identity = created["content"]["route_id"]
    status, reply = admin.call("DELETE", f"/admin/routes/{identity}")
    assert (status, reply["msg"], list(reply["content"])) == (200, "刪除路由配置成功", ["route_id", "deleted_at"])
    assert admin.call("DELETE", f"/admin/routes/{identity}")[0] == 404
    assert admin.call("GET", "/admin/routes")[1]["content"]["total"] == 0
    assert Route.objects.get(pk=identity).deleted_at is not None
    assert admin.call("POST", "/admin/routes", ROUTE_BODY)[0] == 200


def test_g500_a_write_records_who_why_and_which_request(admin):
    from revisions.models import Revision

    headers = {"X-Change-Reason": "ticket 7", "X-Request-ID": "abc-1"}
    response = admin.post("/admin/routes", ROUTE_BODY, format="json", headers=headers)
    newest = Revision.objects.first()
    assert (newest.actor, newest.reason, newest.request_id) == ("root", "ticket 7", "abc-1")
    assert response["X-Gateway-Revision"] == str(newest.number)
    assert response["X-Request-ID"] == "abc-1"


def test_g104_a_write_names_the_workers_that_lag(admin):
    from revisions import in_force

    in_force.register(lambda number, timeout: ["w2"])
    try:
        _status, reply = admin.call("POST", "/admin/routes", ROUTE_BODY)
    finally:
        in_force.unregister_all()
    assert reply["content"]["pending_workers"] == ["w2"]
