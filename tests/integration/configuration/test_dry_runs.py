"""`?dry_run=true` on every write: the change is made, looked at and taken back (G-501)."""

from __future__ import annotations

from typing import Any

import pytest

from revisions import in_force
from revisions.current import current_revision
from revisions.models import Revision, RevisionItem
from routing.models import Route
from services.models import Service
from tests.common.factories import (
    INSTANCE_BODY,
    ROUTE_BODY,
    make_hour,
    make_instance,
    make_permission,
    make_route,
    make_service,
)
from tests.common.teams import person, team, token_of
from tests.conftest import caller

pytestmark = pytest.mark.django_db

ENGLISH = {"Accept-Language": "en"}


def rehearsed(client: Any, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """The content of a dry run, after which everything is as it was."""
    before = (current_revision(), Revision.objects.count(), RevisionItem.objects.count())
    told: list[int] = []
    in_force.on_commit(told.append)
    try:
        status, reply = client.call(method, f"{path}?dry_run=true", body, **ENGLISH)
    finally:
        in_force.unregister_all()
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "Dry run: nothing was stored.")
    assert reply["content"]["dry_run"] is True
    assert (current_revision(), Revision.objects.count(), RevisionItem.objects.count()) == before
    assert told == []
    return reply["content"]


def test_g501_a_create_is_told_and_taken_back(admin):
    content = rehearsed(admin, "post", "/admin/routes", ROUTE_BODY)
    assert content["path_pattern"] == "/api/v1/users/*"
    assert [(one["kind"], one["action"]) for one in content["effects"]["changes"]] == [
        ("service", "create"), ("route", "create"),
    ]  # fmt: skip
    assert [one["kind"] for one in content["effects"]["conflicts"]] == ["route_without_instances"]
    assert not Route.objects.exists()
    assert not Service.objects.exists()


def test_g501_a_change_tells_each_field_and_a_refusal_is_a_refusal(admin):
    row = make_route("/a", rate_limit_rpm=10)
    content = rehearsed(admin, "put", f"/admin/routes/{row.pk}", {"rate_limit_rpm": 20})
    assert content["updated_fields"] == ["rate_limit_rpm"]
    assert content["effects"]["changes"] == [
        {
            "kind": "route", "id": str(row.pk), "name": "GET /a", "action": "update",
            "fields": {"rate_limit_rpm": {"before": 10, "after": 20}},
        }
    ]  # fmt: skip
    row.refresh_from_db()
    assert row.rate_limit_rpm == 10
    status, reply = admin.call("put", f"/admin/routes/{row.pk}?dry_run=true", {"rate_limit_rpm": 0})
    assert (status, reply["code"]) == (400, "F40000")
    status, reply = admin.call("put", f"/admin/routes/{row.pk}?dry_run=perhaps", {"rate_limit_rpm": 20})
    assert (status, list(reply["content"]["errors"])) == (400, ["dry_run"])
    assert "ETag" not in admin.put(f"/admin/routes/{row.pk}?dry_run=true", {"rate_limit_rpm": 20}).headers


def test_g501_routes_that_would_be_shadowed_and_whose_requests_would_move(admin):
    make_instance("user-service")
    taken = make_route("/a/b", service="user-service", name="narrow")
    aside = make_route("/a/*", service="user-service", name="wide", target_url="/*")
    for name, requests in (("narrow", 30), ("wide", 12)):
        make_hour(0, route=name, requests=requests)
    make_hour(5, route="narrow", requests=1000)
    body = {"service_name": "user-service", "path_pattern": "/a/*", "target_url": "/*", "method": "ANY", "priority": 9}
    effects = rehearsed(admin, "post", "/admin/routes", {**body, "name": "first"})["effects"]
    assert {one["name"] for one in effects["shadowed"]} == {"narrow", "wide"}
    moved = {one["name"]: one for one in effects["traffic"]["routes"]}
    assert {name: (one["reason"], one["share"], one["requests"]) for name, one in moved.items()} == {
        "narrow": ("shadowed", "all", 30), "wide": ("shadowed", "all", 12),
    }  # fmt: skip
    assert {one["to"]["name"] for one in moved.values()} == {"first"}
    assert effects["traffic"]["requests_at_most"] == 42
    assert Route.objects.count() == len([taken, aside])


@pytest.mark.parametrize(
    ("method", "body", "reason", "share", "to"),
    [
        ("delete", None, "removed", "all", "wide"),
        ("put", {"is_active": False}, "removed", "all", "wide"),
        ("put", {"target_url": "/elsewhere"}, "destination", "all", None),
        ("put", {"path_pattern": "/a/c"}, "rules", "part", "wide"),
        ("put", {"rate_limit_rpm": 5}, None, None, None),
    ],
)
def test_g501_where_the_requests_of_a_route_would_go(admin, method, body, reason, share, to):
    make_instance("user-service")
    make_route("/a/*", service="user-service", name="wide", target_url="/*")
    row = make_route("/a/b", service="user-service", name="narrow")
    make_hour(1, route="narrow", requests=7)
    routes = rehearsed(admin, method, f"/admin/routes/{row.pk}", body)["effects"]["traffic"]["routes"]
    told = [(one["reason"], one["share"], one["requests"], (one["to"] or {}).get("name")) for one in routes]
    assert told == ([] if reason is None else [(reason, share, 7, to)])


def test_g501_a_new_route_takes_a_part_of_a_wider_one(admin):
    make_route("/a/*", service="user-service", name="wide", target_url="/*")
    make_hour(0, route="wide", requests=7)
    body = {"service_name": "user-service", "path_pattern": "/a/b", "target_url": "/", "method": "GET", "name": "new"}
    routes = rehearsed(admin, "post", "/admin/routes", body)["effects"]["traffic"]["routes"]
    assert [(one["name"], one["reason"], one["share"], one["to"]["name"]) for one in routes] == [
        ("wide", "overtaken", "part", "new")
    ]


def test_g501_every_kind_of_write_can_be_rehearsed(admin):
    make_permission("user.read")
    service, instance = make_service("s"), make_instance("s")
    rehearsed(admin, "put", "/admin/services/s/policy", {"limits": {"rate_limit_rpm": 5}})
    rehearsed(admin, "put", "/admin/services/s/plugins/cors", {"allow_origins": ["https://a.example.com"]})
    rehearsed(admin, "put", "/admin/plugins/global/cors", {"allow_origins": ["https://a.example.com"]})
    rehearsed(admin, "post", "/admin/services", INSTANCE_BODY)
    rehearsed(admin, "delete", f"/admin/services/{instance.pk}")
    rehearsed(admin, "post", "/admin/batch/routes", {"routes": [ROUTE_BODY, {}]})
    rehearsed(admin, "post", "/admin/auth/revoke", {"jti": "x"})
    content = rehearsed(admin, "post", "/admin/consumers", {"name": "shop"})
    assert content["effects"]["changes"][0]["name"] == "shop"
    consumer = admin.call("post", "/admin/consumers", {"name": "shop"})[1]["content"]["consumer_id"]
    assert rehearsed(admin, "post", f"/admin/consumers/{consumer}/keys", {})["key"] == ""
    service.refresh_from_db()
    assert (service.rate_limit_rpm, service.plugins) == (None, {})


def test_g501_what_cannot_be_taken_back_is_not_done(admin):
    instance = make_instance("s", lease_seconds=30)
    for method, path in (
        ("post", "/admin/cache/purge"), ("post", "/admin/services/s/breaker"), ("post", "/admin/auth/token"),
        ("post", f"/admin/services/{instance.pk}/heartbeat"),
    ):  # fmt: skip
        status, reply = admin.call(method, f"{path}?dry_run=true", {})
        assert (status, list(reply["content"]["errors"])) == (400, ["dry_run"]), path


def test_g501_an_operator_is_told_of_his_own_routes_only(admin):
    make_service("ours", owner=team("a"))
    make_service("theirs", owner=team("b"))
    make_route("/x/*", service="theirs", name="secret", target_url="/*", priority=-1)
    make_route("/x/2/*", service="theirs", name="hidden", target_url="/*", priority=-2)
    make_hour(0, service="theirs", route="hidden", requests=9)
    operator = caller(token_of(person("ann", "a", "operator")))
    body = {"service_name": "ours", "path_pattern": "/x/1", "target_url": "/", "method": "GET"}
    content = rehearsed(operator, "post", "/admin/routes", {**body, "priority": -3})
    assert "shadowed" in {one["kind"] for one in content["effects"]["conflicts"]}
    first = rehearsed(operator, "post", "/admin/routes", {**body, "path_pattern": "/x/2/*", "priority": 9})
    for one in (content, first):
        assert "secret" not in str(one)
        assert "hidden" not in str(one)
        assert one["effects"]["traffic"]["requests_at_most"] == 0


def test_g501_a_restore_can_be_rehearsed(admin):
    row = make_route("/a", rate_limit_rpm=10)
    first = current_revision()
    admin.call("put", f"/admin/routes/{row.pk}", {"rate_limit_rpm": 20})
    content = rehearsed(admin, "post", f"/admin/revisions/{first}/restore")
    assert content["updated"] == 1
    assert [one["name"] for one in content["effects"]["changes"]] == ["GET /a"]
    admin.call("delete", f"/admin/routes/{row.pk}")
    content = rehearsed(admin, "post", f"/admin/routes/{row.pk}/restore")
    assert [one["action"] for one in content["effects"]["changes"]] == ["create"]
