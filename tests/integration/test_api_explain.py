"""POST /admin/explain and POST /admin/permissions/check (G-410, G-227)."""

from __future__ import annotations

from typing import Any

import pytest

from permissions.models import Grant
from revisions.change import change
from routing.models import Route
from tests.common import access_tokens
from tests.common.factories import make_instance, make_permission, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller

EXPLAIN, CHECK = "/admin/explain", "/admin/permissions/check"


@pytest.fixture
def users(db: None) -> Route:
    """A route that needs a permission, at a service with one instance."""
    make_instance("user-service", instance_id="one", port=8001)
    return make_route(
        "/api/v1/users/*", service="user-service", target_url="/users/*", required_permissions=["user.read"]
    )


@pytest.fixture
def theirs(db: None) -> Route:
    """A route of a team that nobody asks about by right."""
    service = make_service("b-service", owner=team("team-b"))
    make_instance(service)
    return make_route("/b/*", service=service, target_url="/*", name="secret", required_permissions=["b.read"])


@pytest.fixture
def alice(db: None) -> Caller:
    """A member of another team."""
    return caller(token_of(person("alice", "team-a")))


def told(client: Caller, **body: Any) -> dict[str, Any]:
    status, reply = client.call("POST", EXPLAIN, body)
    assert status == 200, reply
    content: dict[str, Any] = reply["content"]
    return content


def test_g410_a_request_is_explained_from_its_candidates_to_its_instance(admin, users):
    make_route("/api/v1/users/*", service="user-service", target_url="/users/*", priority=5, is_active=False)
    token = access_tokens.access("u1", permissions=["user.read"])
    content = told(admin, path="/api/v1/users/7", query="x=1", token=token)
    assert content["outcome"] == "forwarded"
    assert content["route"]["id"] == str(users.pk)
    assert [one["verdict"] for one in content["candidates"]] == ["does_not_fit", "serves"]
    assert content["candidates"][0]["checks"][0] == {"subject": "active", "text": "route is active", "passed": False}
    assert content["upstream"]["path"] == "/users/7?x=1"
    assert content["upstream"]["instances"][0]["endpoint"] == "http://127.0.0.1:8001"
    assert token not in str(content)


@pytest.mark.parametrize(
    ("permissions", "code"), [(None, "F40001"), ([], "F40003"), (["user.read"], "")], ids=["nobody", "without", "with"]
)
def test_g410_the_code_is_the_one_the_traffic_would_get(admin, users, permissions, code):
    token = access_tokens.access("u1", permissions=permissions) if permissions is not None else None
    given = {"token": token} if token else {}
    assert told(admin, path="/api/v1/users/7", **given)["code"] == code


def test_g410_a_change_is_explained_at_once_and_the_past_as_it_was(admin, users):
    before = told(admin, path="/api/v1/users/7")["revision"]
    with change(actor="test"):
        users.is_active = False
        users.save()
    now = told(admin, path="/api/v1/users/7")
    assert (now["code"], now["revision"]) == ("F40400", before + 1)
    then = told(admin, path="/api/v1/users/7", as_of=before)
    assert (then["code"], then["revision"], then["route"]["id"]) == ("F40001", before, str(users.pk))
    assert told(admin, path="/api/v1/users/7")["code"] == "F40400"


def test_g410_a_revision_that_nobody_can_tell_of_is_not_found(admin, users):
    status, reply = admin.call("POST", EXPLAIN, {"path": "/a", "as_of": 10**6}, **{"Accept-Language": "en"})
    assert reply["msg"] == "There is no revision 1000000."
    assert (status, reply["code"]) == (404, "F40400")


@pytest.mark.alike
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "path"),
        ({"path": "a"}, "path"),
        ({"path": "/a", "address": "nowhere"}, "address"),
        ({"path": "/a", "headers": {"x": 1}}, "headers"),
        ({"path": "/a", "headers": {"x": ["1"] * 101}}, "headers"),
        ({"path": "/a", "headers": []}, "headers"),
        ({"path": "/a", "scheme": "ftp"}, "scheme"),
        ({"path": "/a", "as_of": -1}, "as_of"),
        ({"path": "/a", "unknown": 1}, "unknown"),
    ],
)
def test_g410_what_cannot_be_asked_is_refused_by_name(admin, body, field):
    status, reply = admin.call("POST", EXPLAIN, body)
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])


@pytest.mark.parametrize("path", ["/a b", "/\u0436", "/%00", "/a\r\nX: y", "/\u00e9"])
def test_g410_a_request_the_edge_would_refuse_is_explained_as_that(admin, path):
    content = told(admin, path=path, headers={"X": "1", "Y": ["2", "3"]})
    assert (content["outcome"], content["code"]) == ("refused", "F40000")
    assert content["path"]["refused"]


def test_g410_nobody_without_a_token_is_told_anything(anonymous):
    assert anonymous.call("POST", EXPLAIN, {"path": "/a"})[0] == 401
    assert anonymous.call("POST", CHECK, {"path": "/a"})[0] == 401


def test_g410_another_teams_route_is_told_of_only_as_such_and_only_where_it_serves(alice, theirs):
    make_route("/b/x", service="user-service", name="mine")
    content = told(alice, path="/b/y", token=access_tokens.access("u1"))
    assert (content["outcome"], content["route"], content["candidates"], content["steps"], content["upstream"]) == (
        "hidden",
        None,
        [],
        [],
        None,
    )
    mine = told(alice, path="/b/x")
    assert [one["route"]["name"] for one in mine["candidates"]] == ["mine"]
    for text in ("secret", "b-service", str(theirs.pk), "b.read"):
        assert text not in str(content) + str(mine)


def test_g410_another_teams_instances_are_not_told_where_a_stage_leads_to_them(alice, theirs):
    split = {"traffic_split": {"rules": [{"split": [{"service": "b-service"}]}]}}
    make_route("/mine", service="user-service", requires_auth=False, plugins=split)
    upstream = told(alice, path="/mine")["upstream"]
    assert (upstream["diverted"], upstream["service"], upstream["instances"]) == (True, "", [])


def test_g410_an_administrator_and_the_team_itself_are_told_all(admin, theirs):
    bob = caller(token_of(person("bob", "team-b")))
    for client in (admin, bob):
        assert told(client, path="/b/y")["route"]["name"] == "secret"


def test_g227_a_user_may_check_himself(users):
    client = caller(access_tokens.access("u1", permissions=["user.read", "x"]))
    status, reply = client.call("POST", CHECK, {"path": "/api/v1/users/7"})
    content = reply["content"]
    assert (status, content["allowed"], content["code"]) == (200, True, "")
    assert (content["required"], content["held"], content["missing"]) == (["user.read"], ["user.read", "x"], [])
    assert content["route"]["id"] == str(users.pk)


def test_g227_what_is_missing_is_named(member, users):
    make_permission("user.write")
    member.call("POST", CHECK, {"path": "/api/v1/users/7"})
    content = member.call("POST", CHECK, {"path": "/api/v1/users/7", "subject": "u1"})[1]["content"]
    assert (content["allowed"], content["code"], content["missing"]) == (False, "F40003", ["user.read"])


def test_g227_a_user_may_not_check_another(member, users):
    for body in ({"subject": "u2"}, {"subject": "u1", "roles": ["admin"]}, {"token": access_tokens.access("u2")}):
        assert member.call("POST", CHECK, {"path": "/a", **body})[0] == 403
    own = {"token": access_tokens.access("u1", permissions=["user.read"])}
    assert member.call("POST", CHECK, {"path": "/api/v1/users/7", **own})[1]["content"]["allowed"] is True


def test_g227_an_administrator_may_check_anyone_by_grants_roles_and_token(admin, users):
    permission = make_permission("user.read")
    Grant.objects.create(permission=permission, user="u2")
    checks = [
        {"subject": "u2", "path": "/api/v1/users/7"},
        {"subject": "u3", "path": "/api/v1/users/7"},
        {"subject": "u3", "path": "/api/v1/users/7", "method": "PUT"},
        {"token": access_tokens.access("u4", permissions=["user.read"]), "path": "/api/v1/users/7"},
        {"token": "nonsense", "path": "/api/v1/users/7"},
        {"subject": "u2", "path": "/admin/routes"},
    ]
    results = admin.call("POST", CHECK, {"checks": checks})[1]["content"]["results"]
    assert [(one["allowed"], one["code"]) for one in results] == [
        (True, ""),
        (False, "F40003"),
        (False, "F40400"),
        (True, ""),
        (False, "F40001"),
        (False, "F40400"),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"checks": []}, "checks"),
        ({"checks": [{"path": "/a"}] * 101}, "checks"),
        ({"checks": {}}, "checks"),
        ({"checks": [{"path": "/a"}, {"path": "a"}]}, "checks.1.path"),
        ({"checks": ["x"]}, "checks.0"),
        ({"checks": [{"path": "/a"}], "path": "/a"}, "path"),
        ({"path": "/a", "token": "x", "subject": "u1"}, "token"),
        ({"path": "/a", "roles": ["x"]}, "roles"),
    ],
)
def test_g227_a_check_with_a_mistake_is_refused_by_name(admin, body, field):
    status, reply = admin.call("POST", CHECK, body)
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])


def test_g227_of_another_teams_route_it_is_told_only_whether(alice, theirs):
    content = alice.call("POST", CHECK, {"path": "/b/y"})[1]["content"]
    assert (content["allowed"], content["code"]) == (False, "F40003")
    assert (content["route"], content["required"], content["missing"], content["reason"]) == (None, [], [], "")


@pytest.mark.parametrize("count", [1, 50])
def test_g227_the_number_of_queries_does_not_grow_with_the_batch(admin, users, count, django_assert_max_num_queries):
    body = {"checks": [{"subject": "u2", "path": "/api/v1/users/7"}] * count}
    admin.call("POST", CHECK, body)
    with django_assert_max_num_queries(6):
        assert admin.call("POST", CHECK, body)[0] == 200
