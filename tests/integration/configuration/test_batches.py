"""/admin/batch/routes and /admin/batch/services (G-280…G-283)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from revisions.current import current_revision
from revisions.models import RevisionItem
from routing.models import Route
from services.models import Service, ServiceInstance
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_instance, make_permission, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import caller

pytestmark = pytest.mark.django_db

ROUTES, SERVICES = "/admin/batch/routes", "/admin/batch/services"
SEED: list[dict[str, Any]] = [
    {
        "service_name": "user-service", "path_pattern": "/api/v1/users/profile", "target_url": "/users/profile",
        "method": "GET", "requires_auth": True, "rate_limit_rpm": 200,
    },
    {
        "service_name": "order-service", "path_pattern": "/api/v1/orders", "target_url": "/orders",
        "method": "POST", "requires_auth": True, "rate_limit_rpm": 100,
    },
]  # fmt: skip


def route(number: int, **values: Any) -> dict[str, Any]:
    return {**ROUTE_BODY, "path_pattern": f"/batch/{number}/*", **values}


def test_g281_the_example_of_the_source_is_answered_word_for_word(admin):
    status, reply = admin.call("post", ROUTES, {"routes": SEED})
    rows = {row.path_pattern: row for row in Route.objects.all()}
    assert status == 200
    assert reply == {
        "code": "S10000",
        "msg": "批量創建路由完成",
        "content": {
            "total": 2,
            "successful": 2,
            "failed": 0,
            "results": [
                {
                    "index": place,
                    "status": "success",
                    "data": {
                        "route_id": str(rows[body["path_pattern"]].pk),
                        "service_name": body["service_name"],
                        "path_pattern": body["path_pattern"],
                    },
                }
                for place, body in enumerate(SEED)
            ],
            "errors": [],
        },
    }
    assert rows["/api/v1/orders"].methods == ["POST"]
    assert rows["/api/v1/orders"].rate_limit_rpm == 100


@pytest.mark.parametrize("body", [{"routes": []}, {"routes": [SEED[0]] * 1001}, {}, {"routes": {}}, {"routes": None}])
def test_g280_fewer_than_1_or_more_than_1000_are_refused_as_a_whole(admin, body):
    for method in ("post", "put", "delete"):
        status, reply = admin.call(method, ROUTES, body)
        assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", ["routes"])
    assert not Route.objects.exists()


def test_g280_a_thousand_routes_are_one_revision_and_few_queries(admin):
    make_permission("user.read")
    bodies = [route(number, required_permissions=["user.read"]) for number in range(1000)]
    before = current_revision()
    with CaptureQueriesContext(connection) as queries:
        status, reply = admin.call("post", ROUTES, {"routes": bodies})
    assert (status, reply["content"]["successful"], reply["content"]["failed"]) == (200, 1000, 0)
    assert current_revision() == before + 1
    assert RevisionItem.objects.filter(revision=before + 1, kind="route").count() == 1000
    assert len(queries) < 200  # statements hold as many rows as SQLite takes values
    assert Route.objects.get(path_pattern="/batch/999/*").permission_codes == ["user.read"]


def test_g283_what_is_wrong_with_one_item_is_told_by_its_index_and_the_others_are_stored(admin):
    there = make_route("/batch/0/*", service="user-service")
    bodies = [
        route(0), route(1), route(1), {"colour": "red"}, "no object", route(2, required_permissions=["nobody.knows"]),
        route(3, service_name=""), route(4, rate_limit_rpm=True), route(5),
    ]  # fmt: skip
    status, reply = admin.call("post", ROUTES, {"routes": bodies}, **{"Accept-Language": "en"})
    content = reply["content"]
    assert (status, reply["code"]) == (200, "S10000")
    assert (content["total"], content["successful"], content["failed"]) == (9, 2, 7)
    assert [one["index"] for one in content["results"]] == [1, 8]
    errors = {one["index"]: one for one in content["errors"]}
    assert {index: one["code"] for index, one in errors.items()} == {
        0: "F40900", 2: "F40900", 3: "F40000", 4: "F40000", 5: "F40000", 6: "F40000", 7: "F40000",
    }  # fmt: skip
    assert errors[0]["errors"] == {"conflicts_with": [str(there.pk)]}
    assert set(errors[3]["errors"]) == {"colour", "service_name", "path_pattern", "target_url", "method"}
    assert errors[4]["errors"] == {"non_field_errors": ["Must be an object."]}
    assert errors[5]["errors"] == {"required_permissions": ["Unknown permission: nobody.knows"]}
    assert list(errors[7]["errors"]) == ["rate_limit_rpm"]
    assert set(errors[0]) == {"index", "status", "code", "message", "errors"}
    assert Route.objects.count() == 3


def test_g283_a_batch_of_nothing_but_mistakes_is_no_revision(admin):
    before = current_revision()
    status, reply = admin.call("post", ROUTES, {"routes": [{}]})
    assert (status, reply["code"], reply["content"]["failed"]) == (200, "S10000", 1)
    assert current_revision() == before


@pytest.mark.parametrize("path", [ROUTES, SERVICES])
def test_g282_atomic_stores_all_or_none(admin, path):
    key, good = ("routes", route(1)) if path == ROUTES else ("services", INSTANCE_BODY)
    before = current_revision()
    status, reply = admin.call("post", f"{path}?atomic=true", {key: [good, {}]})
    assert (status, reply["code"]) == (400, "F40000")
    assert (reply["content"]["successful"], reply["content"]["failed"], reply["content"]["results"]) == (0, 1, [])
    assert reply["content"]["errors"][0]["index"] == 1
    assert (Route.objects.count(), Service.objects.count(), current_revision()) == (0, 0, before)
    status, reply = admin.call("post", f"{path}?atomic=true", {key: [good]})
    assert (status, reply["content"]["successful"], current_revision()) == (200, 1, before + 1)


def test_an_unknown_parameter_or_field_is_refused(admin):
    for path, body in ((f"{ROUTES}?atomic=maybe", {"routes": SEED}), (f"{ROUTES}?atmoic=true", {"routes": SEED})):
        assert admin.call("post", path, body)[0] == 400
    status, reply = admin.call("post", ROUTES, {"routes": SEED, "atomic": True})
    assert (status, list(reply["content"]["errors"])) == (400, ["atomic"])
    assert not Route.objects.exists()


def test_g280_routes_are_changed_by_id_or_name(admin):
    first, second = make_route("/a"), make_route("/b", name="second")
    items = [
        {"id": str(first.pk), "rate_limit_rpm": 5, "timeout_seconds": 30},
        {"id": "second", "target_url": "/new"},
        {"id": "third", "target_url": "/new"},
        {"id": str(first.pk), "rate_limit_rpm": 0},
        {"rate_limit_rpm": 5},
        {"id": 7},
    ]
    before = current_revision()
    status, reply = admin.call("put", ROUTES, {"routes": items})
    assert (status, reply["msg"]) == (200, "批量更新路由完成")
    assert reply["content"]["results"] == [
        {"index": 0, "status": "success", "data": {"route_id": str(first.pk), "updated_fields": ["rate_limit_rpm"]}},
        {"index": 1, "status": "success", "data": {"route_id": str(second.pk), "updated_fields": ["target_url"]}},
    ]
    assert [(one["index"], one["code"], *one["errors"]) for one in reply["content"]["errors"]] == [
        (2, "F40400"), (3, "F40000", "rate_limit_rpm"), (4, "F40000", "id"), (5, "F40000", "id"),
    ]  # fmt: skip
    assert current_revision() == before + 1


def test_g280_routes_are_deleted_once(admin):
    rows = [make_route(), make_route()]
    items = [{"id": str(row.pk)} for row in (rows[0], rows[1], rows[0])] + [{"id": "x", "name": "y"}]
    status, reply = admin.call("delete", ROUTES, {"routes": items})
    assert (status, reply["msg"], reply["content"]["successful"]) == (200, "批量刪除路由完成", 2)
    assert [(one["index"], one["code"]) for one in reply["content"]["errors"]] == [(2, "F40400"), (3, "F40000")]
    assert not Route.objects.live().exists()


def test_g280_instances_are_registered_changed_and_removed(admin):
    other = make_instance("user-service", instance_id="taken")
    items = [
        INSTANCE_BODY,
        {**INSTANCE_BODY, "instance_id": "b", "ttl_seconds": 30},
        INSTANCE_BODY,
        {**INSTANCE_BODY, "instance_id": "taken"},
        {**INSTANCE_BODY, "port": 1},
    ]
    status, reply = admin.call("post", SERVICES, {"services": items})
    assert (status, reply["msg"]) == (200, "批量註冊服務實例完成")
    made = [one["data"] for one in reply["content"]["results"]]
    assert (
        made[0]
        == made[2]
        == {
            "instance_id": str(ServiceInstance.objects.get(instance_id="user-service-001").pk),
            "service_name": "user-service",
            "endpoint": "http://192.168.1.100:3001",
        }
    )
    assert ServiceInstance.objects.get(instance_id="b").lease_expires_at is not None
    assert [(one["index"], one["code"]) for one in reply["content"]["errors"]] == [(3, "F40900"), (4, "F40900")]
    assert reply["content"]["errors"][0]["errors"] == {"conflicts_with": [str(other.pk)]}
    items = [{"id": "user-service/b", "weight": 5}, {"id": made[0]["instance_id"], "status": "draining"}, {"id": "b"}]
    status, reply = admin.call("put", SERVICES, {"services": items})
    assert [one["data"]["updated_fields"] for one in reply["content"]["results"]] == [["weight"], ["status"]]
    assert reply["msg"] == "批量更新服務實例完成"
    status, reply = admin.call("delete", SERVICES, {"services": [{"id": "user-service/b"}, {"id": "user-service/b"}]})
    assert (reply["msg"], reply["content"]["successful"]) == ("批量註銷服務實例完成", 1)
    assert ServiceInstance.objects.count() == 2


def test_g011_a_batch_needs_an_administrator(member, anonymous):
    for path in (ROUTES, SERVICES):
        assert member.call("post", path, {"routes": SEED})[1]["code"] == "F40003"
        assert anonymous.call("post", path, {"routes": SEED})[1]["code"] == "F40001"


def test_an_operator_writes_what_belongs_to_his_team_and_hears_nothing_of_others(admin):
    make_service("ours", owner=team("a"))
    make_service("theirs", owner=team("b"))
    their_route = make_route("/theirs", service="theirs", name="secret")
    operator = caller(token_of(person("ann", "a", "operator")))
    bodies = [route(1, service_name="ours"), route(2, service_name="theirs"), route(3, service_name="new")]
    content = operator.call("post", ROUTES, {"routes": bodies})[1]["content"]
    assert [one["index"] for one in content["results"]] == [0]
    assert [(one["code"], one["message"]) for one in content["errors"]] == [("F40400", "服務未找到")] * 2
    own = content["results"][0]["data"]["route_id"]
    for method in ("put", "delete"):
        content = operator.call(method, ROUTES, {"routes": [{"id": own}, {"id": "secret"}, {"id": "nobody"}]})[1][
            "content"
        ]
        assert [one["index"] for one in content["results"]] == [0]
        assert {one["code"] for one in content["errors"]} == {"F40400"}
    duplicate = route(4, service_name="ours", path_pattern="/theirs", target_url="/")
    content = operator.call("post", ROUTES, {"routes": [duplicate]})[1]["content"]
    assert (content["errors"][0]["code"], content["errors"][0]["errors"]) == ("F40900", {"conflicts_with": []})
    assert "secret" not in str(content)
    assert not Service.objects.filter(name="new").exists()
    assert Route.objects.live().filter(pk=their_route.pk).exists()
