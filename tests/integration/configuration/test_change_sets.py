"""/admin/changesets: several changes of any kinds as one, now, later or at a time (G-501)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from configuration.changesets.scheduled import publish_due
from configuration.models import ChangeSet
from permissions.models import Consumer, Credential
from revisions.current import current_revision
from revisions.models import Revision
from routing.models import Route
from services.models import Service, ServiceInstance
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_instance, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import caller

pytestmark = pytest.mark.django_db

PATH = "/admin/changesets"
ENGLISH = {"Accept-Language": "en"}


def change(action: str, kind: str, name: str = "", **data: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"action": action, "kind": kind}
    if name:
        found["name"] = name
    return {**found, "data": data} if action != "delete" else found


def a_set(*changes: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"reason": "because", "changes": list(changes), **values}


def in_an_hour() -> str:
    return f"{timezone.now() + timedelta(hours=1):%Y-%m-%d %H:%M:%S}"


EVERYTHING = [
    change("create", "permission", permission_code="user.read", permission_name="read"),
    {"action": "create", "kind": "role", "data": {"name": "editor"}},
    change("create", "instance", **INSTANCE_BODY),
    change("create", "route", **ROUTE_BODY, required_permissions=["user.read"]),
    change("update", "service", "user-service", limits={"rate_limit_rpm": 60}),
    change("update", "instance", "user-service/user-service-001", weight=7),
    {"action": "create", "kind": "consumer", "data": {"name": "shop"}},
    {"action": "create", "kind": "credential", "data": {"consumer": "shop", "kind": "api_key"}},
    {
        "action": "create",
        "kind": "credential",
        "data": {"consumer": "shop", "kind": "basic", "username": "shop", "password": "correct horse battery"},
    },
    change("delete", "role", "editor"),
]


def test_g501_a_set_over_several_kinds_is_one_revision_with_its_reason(admin):
    before = current_revision()
    status, reply = admin.call("post", PATH, a_set(*EVERYTHING), **ENGLISH)
    assert (status, reply["msg"]) == (200, "Change set published.")
    content = reply["content"]
    assert (content["state"], content["total"], content["revision"]) == ("published", 10, before + 1)
    assert [one["index"] for one in content["results"]] == list(range(10))
    assert content["results"][4]["updated_fields"] == ["limits"]
    assert content["results"][5]["name"] == "user-service/user-service-001"
    assert content["results"][7]["key"].startswith(Credential.objects.get(kind="api_key").identifier)
    assert Revision.objects.get(number=before + 1).reason == "because"
    assert current_revision() == before + 1
    shown = admin.call("get", f"{PATH}/{content['changeset_id']}")[1]["content"]
    assert (shown["state"], shown["revision"], shown["actor"]) == ("published", before + 1, "root")
    assert shown["changes"][8]["data"]["password"] == "********"
    assert "correct horse" not in str(ChangeSet.objects.get().changes)


def test_g501_one_bad_change_of_a_hundred_leaves_nothing_and_every_bad_one_is_named(admin):
    make_route("/kept", name="kept")
    good = [change("create", "route", **{**ROUTE_BODY, "path_pattern": f"/many/{one}/*"}) for one in range(97)]
    bad = [
        change("update", "route", "kept", timeout_seconds=0),
        change("delete", "consumer", "nobody"),
        change("update", "route", "kept", priority=5),
    ]
    before = current_revision()
    status, reply = admin.call("post", PATH, a_set(*good[:50], *bad, *good[50:]), **ENGLISH)
    assert (status, reply["code"]) == (400, "F40000")
    assert reply["msg"] == "Nothing was stored: 2 of 100 items were refused."
    told = reply["content"]["errors"]
    assert [(one["index"], one["code"], list(one["errors"])) for one in told] == [
        (50, "F40000", ["timeout_seconds"]), (51, "F40400", []),
    ]  # fmt: skip
    assert (Route.objects.count(), Service.objects.filter(name="user-service").count()) == (1, 0)
    assert (current_revision(), ChangeSet.objects.count()) == (before, 0)


def test_g501_the_shape_of_every_change_is_judged_before_anything_is_done(admin):
    wrong = [
        {"action": "make", "kind": "colour"},
        {"action": "update", "kind": "route", "data": {}},
        {"action": "update", "kind": "route", "id": "1", "name": "x", "data": []},
        {"action": "create", "kind": "route", "name": "x", "colour": "red"},
        {"action": "delete", "kind": "route", "name": "x", "data": {}},
        {"action": "update", "kind": "credential", "name": "basic/x", "data": {"password": "********"}},
        7,
    ]
    status, reply = admin.call("post", PATH, a_set(*wrong))
    assert status == 400
    assert set(reply["content"]["errors"]) == {
        "changes.0.action", "changes.0.kind", "changes.1.name", "changes.2.name", "changes.2.data", "changes.3.name",
        "changes.3.colour", "changes.4.data", "changes.5.data.password", "changes.6",
    }  # fmt: skip
    for body in ({}, {"reason": "", "changes": []}, {"reason": "x", "changes": [{}] * 1001}):
        status, reply = admin.call("post", PATH, body)
        assert (status, set(reply["content"]["errors"]) <= {"reason", "changes"}) == (400, True)


def test_g501_a_draft_changes_nothing_until_it_is_published(admin):
    row = make_route("/a", name="a", timeout_seconds=10)
    before = current_revision()
    status, reply = admin.call(
        "post", PATH, a_set(change("update", "route", "a", timeout_seconds=20), draft=True), **ENGLISH
    )
    assert (status, reply["msg"], reply["content"]["state"]) == (200, "Change set kept.", "draft")
    path = f"{PATH}/{reply['content']['changeset_id']}"
    assert current_revision() == before
    changes = [change("update", "route", "a", timeout_seconds=30)]
    assert admin.call("put", path, {"changes": changes})[1]["content"]["state"] == "draft"
    assert admin.call("get", f"{PATH}?state=draft")[1]["content"]["total"] == 1
    status, reply = admin.call("post", f"{path}/publish?dry_run=true")
    assert (status, reply["content"]["dry_run"]) == (200, True)
    assert reply["content"]["effects"]["changes"][0]["fields"] == {"timeout_seconds": {"before": 10, "after": 30}}
    assert current_revision() == before
    status, reply = admin.call("post", f"{path}/publish")
    assert (status, reply["content"]["state"], reply["content"]["revision"]) == (200, "published", before + 1)
    row.refresh_from_db()
    assert row.timeout_seconds == 30
    for method, below in (("post", "/publish"), ("put", ""), ("delete", "")):
        body = {"reason": "x"} if method == "put" else None
        assert admin.call(method, path + below, body)[1]["code"] == "F40900"
    assert current_revision() == before + 1


def test_g501_a_draft_says_which_of_its_objects_have_changed_since(admin):
    make_route("/a", name="a")
    gone, same = make_route("/b", name="b"), make_route("/c", name="c")
    changes = [change("update", "route", name, timeout_seconds=20) for name in ("a", "b", "c")]
    path = f"{PATH}/{admin.call('post', PATH, a_set(*changes, draft=True))[1]['content']['changeset_id']}"
    assert admin.call("get", path)[1]["content"]["conflicts"] == []
    admin.call("put", f"/admin/routes/{Route.objects.get(name='a').pk}", {"priority": 3})
    admin.call("delete", f"/admin/routes/{gone.pk}")
    found = admin.call("get", path)[1]["content"]["conflicts"]
    assert [(one["index"], one["problem"]) for one in found] == [(0, "changed"), (1, "gone")]
    status, reply = admin.call("post", f"{path}/publish")
    assert (status, reply["code"], reply["content"]["conflicts"]) == (409, "F40900", found)
    same.refresh_from_db()
    assert same.timeout_seconds == 30
    assert admin.call("post", f"{path}/publish", {"force": True})[0] == 400  # what is gone cannot be changed
    assert admin.call("put", path, {"changes": [changes[0], changes[2]]})[1]["content"]["conflicts"] == []
    assert admin.call("post", f"{path}/publish")[0] == 200


def test_g501_if_match_guards_a_draft(admin):
    path = f"{PATH}/{admin.call('post', PATH, a_set(*EVERYTHING, draft=True))[1]['content']['changeset_id']}"
    etag = admin.get(path)["ETag"]
    assert admin.call("put", path, {"reason": "another"}, **{"If-Match": etag})[0] == 200
    for method, below in (("put", ""), ("post", "/publish"), ("delete", "")):
        body = {"reason": "x"} if method == "put" else None
        assert admin.call(method, path + below, body, **{"If-Match": etag})[1]["code"] == "F41200"
    assert admin.call("delete", path, **{"If-Match": admin.get(path)["ETag"]})[0] == 200
    assert admin.call("get", path)[1]["code"] == "F40400"


def test_g501_a_set_is_published_at_its_time_and_once(admin):
    make_route("/a", name="a")
    changes = [change("update", "route", "a", timeout_seconds=20)]
    status, reply = admin.call("post", PATH, a_set(*changes, publish_at="2020-01-01 00:00:00"))
    assert (status, list(reply["content"]["errors"])) == (400, ["publish_at"])
    reply = admin.call("post", PATH, a_set(*changes, publish_at=in_an_hour()))[1]
    assert reply["content"]["state"] == "draft"
    before = current_revision()
    publish_due()
    assert current_revision() == before
    ChangeSet.objects.update(publish_at=timezone.now())
    publish_due()
    publish_due()
    row = ChangeSet.objects.get()
    assert (row.state, row.revision, current_revision()) == ("published", before + 1, before + 1)
    newest = Revision.objects.get(number=before + 1)
    assert (newest.actor, newest.reason) == ("root", "because")


def test_g501_what_cannot_be_published_at_its_time_says_why_and_is_left_alone(admin):
    make_route("/a", name="a")
    admin.call("post", PATH, a_set(change("delete", "route", "a"), publish_at=in_an_hour()))
    admin.call("put", f"/admin/routes/{Route.objects.get().pk}", {"priority": 3})
    ChangeSet.objects.update(publish_at=timezone.now())
    publish_due()
    publish_due()
    row = ChangeSet.objects.get()
    assert row.state == "failed"
    assert Route.objects.live().exists()
    path = f"{PATH}/{row.pk}"
    told = {
        language: admin.call("get", path, **{"Accept-Language": language})[1]["content"]["problem"]
        for language in ("en", "zh-TW", "fr")
    }
    assert {problem["code"] for problem in told.values()} == {"F40900"}
    assert {problem["content"]["conflicts"][0]["problem"] for problem in told.values()} == {"changed"}
    assert told["en"]["msg"].isascii()
    assert told["fr"]["msg"] == told["zh-TW"]["msg"] != told["en"]["msg"]
    tags = {admin.get(path, headers={"Accept-Language": language})["ETag"] for language in told}
    assert len(tags) == 1
    assert admin.call("put", path, {"publish_at": None}, **{"If-Match": tags.pop()})[1]["content"]["state"] == "draft"
    assert admin.call("post", f"{path}/publish")[0] == 200


def test_g501_a_dry_run_of_a_set_keeps_nothing_not_even_a_draft(admin):
    for extra in ({}, {"draft": True}, {"publish_at": in_an_hour()}):
        status, reply = admin.call("post", f"{PATH}?dry_run=true", a_set(*EVERYTHING, **extra))
        assert (status, len(reply["content"]["results"]), reply["content"]["dry_run"]) == (200, 10, True)
    assert not ChangeSet.objects.exists()
    assert not Consumer.objects.exists()
    assert not ServiceInstance.objects.exists()


def test_an_operator_changes_what_belongs_to_his_team_and_sees_his_own_sets(admin, member):
    make_service("ours", owner=team("a"))
    make_instance(make_service("theirs", owner=team("b")), instance_id="secret")
    operator = caller(token_of(person("ann", "a", "operator")))
    other = caller(token_of(person("bob", "b", "operator")))
    mine = change("create", "route", **{**ROUTE_BODY, "service_name": "ours"})
    theirs = change("update", "instance", "theirs/secret", weight=5)
    nothing = change("update", "instance", "theirs/nothing", weight=5)
    admins = {"action": "create", "kind": "consumer", "data": {"name": "shop"}}
    status, reply = operator.call("post", PATH, a_set(mine, theirs, nothing, admins))
    assert status == 400
    assert [(one["index"], one["code"]) for one in reply["content"]["errors"]] == [
        (1, "F40400"), (2, "F40400"), (3, "F40003"),
    ]  # fmt: skip
    kept = operator.call("post", PATH, a_set(mine, theirs, draft=True))[1]["content"]
    assert kept["conflicts"] == []
    path = f"{PATH}/{kept['changeset_id']}"
    assert (other.call("get", path)[0], other.call("get", PATH)[1]["content"]["total"]) == (404, 0)
    assert (admin.call("get", path)[0], member.call("get", path)[0]) == (200, 403)
    ChangeSet.objects.update(publish_at=timezone.now())
    publish_due()
    failed = operator.call("get", path, **{"Accept-Language": "en"})[1]["content"]["problem"]
    assert failed["content"]["errors"][0] == {
        "index": 1, "status": "error", "code": "F40400", "message": "There is no service instance “theirs/secret”.",
        "errors": {},
    }  # fmt: skip
    operator.call("put", path, {"changes": [mine], "publish_at": in_an_hour()})
    ChangeSet.objects.update(publish_at=timezone.now())
    publish_due()
    assert ChangeSet.objects.get().state == "published"
    assert Route.objects.get().service.name == "ours"
