"""GET, POST, PUT and DELETE /admin/permissions (G-220…G-222)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from permissions.models import Grant, Permission, Role
from revisions.current import current_revision
from revisions.models import Revision
from routing.models import Route
from tests.common import access_tokens
from tests.common.factories import make_permission, make_route
from tests.conftest import caller

pytestmark = pytest.mark.django_db

PATH = "/admin/permissions"
BODY = {"permission_code": "custom.permission", "permission_name": "自定義權限"}
FIELDS = [
    "id",
    "permission_code",
    "permission_name",
    "description",
    "resource_type",
    "actions",
    "is_system",
    "created_at",
]
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def created(admin: Any, **changes: Any) -> str:
    status, reply = admin.call("POST", PATH, {**BODY, **changes})
    assert status == 200, reply
    identity: str = reply["content"]["id"]
    return identity


def test_g220_the_list_is_as_in_the_source(admin):
    status, reply = admin.call("GET", PATH)
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "獲取權限配置成功")
    assert list(reply["content"]) == ["total", "permissions"]
    assert [list(row) for row in reply["content"]["permissions"]] == [FIELDS, FIELDS]


def test_g222_the_first_migration_brings_two_permissions_and_the_role_admin(admin):
    _status, reply = admin.call("GET", PATH)
    first, second = reply["content"]["permissions"]
    assert TIMESTAMP.fullmatch(first.pop("created_at"))
    assert TIMESTAMP.fullmatch(second.pop("created_at"))
    assert isinstance(first.pop("id"), str)
    assert isinstance(second.pop("id"), str)
    assert first == {
        "permission_code": "gateway.admin",
        "permission_name": "網關管理員",
        "description": "網關系統管理員權限",
        "resource_type": "system",
        "actions": ["read", "write", "delete"],
        "is_system": True,
    }
    assert second == {
        "permission_code": "service.read",
        "permission_name": "服務查看",
        "description": "查看服務信息權限",
        "resource_type": "service",
        "actions": ["read"],
        "is_system": False,
    }
    assert Role.objects.filter(name="admin").exists()


def test_g220_pages_and_search(admin):
    for number in range(5):
        make_permission(f"order.{number}", description="Orders")
    _status, reply = admin.call("GET", f"{PATH}?page=2&size=3&search=ORDER")
    assert reply["content"]["total"] == 5
    assert [row["permission_code"] for row in reply["content"]["permissions"]] == ["order.3", "order.4"]
    _status, reply = admin.call("GET", f"{PATH}?page=9")
    assert reply["content"] == {"total": 7, "permissions": []}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("size=101", "size"),
        ("size=x", "size"),
        ("search=%00", "search"),
        ("sort=id", "sort"),
        ("search=" + "x" * 201, "search"),
    ],
)
def test_g220_a_bad_parameter_is_refused_by_name(admin, query, field):
    status, reply = admin.call("GET", f"{PATH}?{query}")
    assert (status, reply["code"]) == (400, "F40000")
    assert list(reply["content"]["errors"]) == [field]


def test_g221_a_permission_is_created_with_its_defaults(admin):
    status, reply = admin.call("POST", PATH, BODY)
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "創建權限成功")
    assert reply["content"]["permission_id"] == reply["content"]["id"]
    assert reply["content"]["permission_code"] == "custom.permission"
    row = Permission.objects.get(code="custom.permission")
    assert (row.description, row.resource_type, row.actions, row.is_system) == ("", "", [], False)


def test_g221_a_permission_is_created_as_in_the_source(admin):
    body = {
        **BODY,
        "description": "自定義權限描述",
        "resource_type": "custom",
        "actions": ["read", "write"],
        "is_system": False,
    }
    identity = created(admin, **body)
    status, reply = admin.call("GET", f"{PATH}/{identity}")
    assert status == 200
    assert TIMESTAMP.fullmatch(reply["content"].pop("created_at"))
    assert reply["content"] == {"id": identity, **body}


@pytest.mark.parametrize(
    ("field", "longest"),
    [("permission_code", 100), ("permission_name", 100), ("description", 500), ("resource_type", 50)],
)
def test_g221_the_longest_text_is_accepted_and_one_more_is_not(admin, field, longest):
    created(admin, **{field: "x" * longest})
    status, reply = admin.call("POST", PATH, {**BODY, "permission_code": "other", field: "x" * (longest + 1)})
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])


@pytest.mark.alike
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("permission_code", ""),
        ("permission_code", None),
        ("permission_code", 5),
        ("permission_code", "a,b"),
        ("permission_code", " a"),
        ("permission_code", "a\nb"),
        ("permission_code", "a\u0000b"),
        ("permission_name", ""),
        ("permission_name", " "),
        ("permission_name", ["x"]),
        ("description", 1),
        ("description", None),
        ("resource_type", {}),
        ("actions", "read"),
        ("actions", [1]),
        ("actions", [""]),
        ("actions", ["read", "read"]),
        ("actions", {"read": True}),
        ("actions", None),
        ("actions", [f"a{n}" for n in range(101)]),
        ("is_system", "true"),
        ("is_system", 1),
        ("is_system", None),
        ("id", "7"),
        ("created_at", "2025-01-09 10:30:00"),
        ("nonsense", 1),
    ],
)
def test_g013_bad_input_is_a_coded_error_that_names_the_field(admin, field, value):
    before = current_revision()
    status, reply = admin.call("POST", PATH, {**BODY, field: value})
    assert (status, reply["code"]) == (400, "F40000"), reply
    assert [name.split(".")[0] for name in reply["content"]["errors"]] == [field]
    assert Permission.objects.count() == 2
    assert current_revision() == before


def test_g013_all_problems_are_named_at_once(admin):
    _status, reply = admin.call("POST", PATH, {"is_system": "no", "x": 1})
    assert set(reply["content"]["errors"]) == {"permission_code", "permission_name", "is_system", "x"}


@pytest.mark.alike
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"permission_code":"a","permission_code":"b"}', b"\xff", b'{"a":NaN}']
)
@pytest.mark.parametrize("path", [PATH, "/admin/auth/token", "/admin/auth/refresh", "/admin/auth/revoke"])
def test_g014_a_body_that_is_no_json_object_is_refused(admin, path, body):
    response = admin.post(path, data=body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "F40000")


def test_g221_a_code_that_is_taken_is_a_conflict(admin):
    first = created(admin)
    status, reply = admin.call("POST", PATH, BODY)
    assert (status, reply["code"]) == (409, "F40900")
    assert reply["content"]["conflicts_with"] == [first]
    second = created(admin, permission_code="other")
    status, reply = admin.call("PUT", f"{PATH}/{second}", {"permission_code": "custom.permission"})
    assert (status, reply["code"]) == (409, "F40900")


def test_g221_put_changes_the_given_fields_and_names_them(admin):
    identity = created(admin, description="before")
    status, reply = admin.call("PUT", f"{PATH}/{identity}", {"description": "after", "permission_name": "自定義權限"})
    assert (status, reply["msg"]) == (200, "更新權限成功")
    assert list(reply["content"]) == ["permission_id", "updated_fields", "updated_at"]
    assert reply["content"]["updated_fields"] == ["description"]
    assert Permission.objects.get(pk=identity).code == "custom.permission"


def test_g143_if_match_guards_a_permission(admin):
    identity = created(admin)
    etag = admin.get(f"{PATH}/{identity}")["ETag"]
    assert admin.call("PUT", f"{PATH}/{identity}", {"description": "1"}, **{"If-Match": etag})[0] == 200
    status, reply = admin.call("PUT", f"{PATH}/{identity}", {"description": "2"}, **{"If-Match": etag})
    assert (status, reply["code"]) == (412, "F41200")
    assert admin.call("DELETE", f"{PATH}/{identity}", None, **{"If-Match": etag})[0] == 412


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("identity", ["999999", "0", "-1", "abc", "1.0", "١", "9" * 30, "null", "%00"])
def test_an_unknown_id_is_not_found(admin, method, identity):
    status, reply = admin.call(method, f"{PATH}/{identity}", {} if method == "PUT" else None)
    assert (status, reply["code"]) == (404, "F40400")


def test_g221_delete_removes_a_permission_once(admin):
    identity = created(admin)
    status, reply = admin.call("DELETE", f"{PATH}/{identity}")
    assert (status, reply["msg"]) == (200, "刪除權限成功")
    assert list(reply["content"]) == ["permission_id", "deleted_at"]
    assert admin.call("DELETE", f"{PATH}/{identity}")[0] == 404


def test_g221_a_system_permission_cannot_be_deleted_renamed_or_demoted(admin):
    system = Permission.objects.get(code="gateway.admin").pk
    status, reply = admin.call("DELETE", f"{PATH}/{system}")
    assert (status, reply["code"]) == (409, "F40900")
    for body in ({"permission_code": "x"}, {"is_system": False}):
        status, reply = admin.call("PUT", f"{PATH}/{system}", body)
        assert (status, list(reply["content"]["errors"])) == (400, list(body))
    assert admin.call("PUT", f"{PATH}/{system}", {"description": "x"})[0] == 200


def test_g221_one_in_use_is_a_conflict_that_names_its_users(admin):
    identity = created(admin)
    permission = Permission.objects.get(pk=identity)
    route = make_route("/in/use", required_permissions=["custom.permission"])
    grant = Grant.objects.create(permission=permission, user="u7")
    status, reply = admin.call("DELETE", f"{PATH}/{identity}")
    assert (status, reply["code"]) == (409, "F40900")
    used_by = reply["content"]["used_by"]
    assert len(used_by) == 2
    assert str(route.pk) in used_by[0]
    assert "user:u7" in used_by[1]
    grant.delete()
    assert admin.call("DELETE", f"{PATH}/{identity}")[0] == 409
    assert admin.call("DELETE", f"/admin/routes/{route.pk}")[0] == 200
    assert admin.call("DELETE", f"{PATH}/{identity}")[0] == 200


def test_a_deleted_route_whose_permission_is_gone_can_only_come_back_switched_off(admin):
    identity = created(admin)
    route = make_route("/gone", required_permissions=["custom.permission"])
    admin.call("DELETE", f"/admin/routes/{route.pk}")
    admin.call("DELETE", f"{PATH}/{identity}")
    assert Route.objects.get(pk=route.pk).is_active is False


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", PATH), ("GET", f"{PATH}/1"), ("POST", PATH), ("PUT", f"{PATH}/1"), ("DELETE", f"{PATH}/1")],
)
def test_g011_permissions_are_for_administrators_only(member, anonymous, method, path):
    body = BODY if method in ("POST", "PUT") else None
    status, reply = member.call(method, path, body)
    assert (status, reply) == (403, {"code": "F40003", "msg": "權限不足，僅管理員可操作", "content": {}})
    status, reply = anonymous.call(method, path, body)
    assert (status, reply["code"]) == (401, "F40001")
    assert Permission.objects.count() == 2


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_another_method_is_refused_with_the_allowed_ones(admin, method):
    response = getattr(admin, method.lower())(PATH)
    assert (response.status_code, response.json()["code"]) == (405, "F40500")
    assert {"GET", "POST"} <= set(response["Allow"].split(", "))


def test_g500_a_write_is_one_revision_with_its_author_and_reason(admin):
    created(admin)
    admin.call("PUT", f"{PATH}/2", {"description": "x"}, **{"X-Change-Reason": "because"})
    newest = Revision.objects.get(number=current_revision())
    assert (newest.actor, newest.reason) == ("root", "because")
    assert Revision.objects.count() == 2


def test_g225_a_route_that_names_an_unknown_permission_is_refused_until_it_is_there(admin):
    body = {
        "service_name": "s",
        "path_pattern": "/p",
        "target_url": "/p",
        "method": "GET",
        "required_permissions": ["custom.permission"],
    }
    status, reply = admin.call("POST", "/admin/routes", body)
    assert (status, list(reply["content"]["errors"])) == (400, ["required_permissions"])
    created(admin)
    assert admin.call("POST", "/admin/routes", body)[0] == 200


def test_the_list_costs_the_same_however_long_it_is(admin, django_assert_num_queries):
    admin.call("GET", PATH)
    for number in range(30):
        make_permission(f"p{number}")
    admin.call("GET", PATH)
    with django_assert_num_queries(4):
        admin.call("GET", f"{PATH}?size=100")


def test_g005_english_is_spoken_when_it_is_preferred(admin):
    _status, reply = admin.call("GET", PATH, None, **{"Accept-Language": "en"})
    assert reply["msg"] == "Permissions fetched."


def test_g010_an_administrator_by_grant_needs_no_claim(db):
    Grant.objects.create(permission=Permission.objects.get(code="gateway.admin"), user="u9")
    assert caller(access_tokens.access("u9")).call("GET", PATH)[0] == 200
    assert caller(access_tokens.access("u8")).call("GET", PATH)[0] == 403
