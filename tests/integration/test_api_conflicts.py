"""GET /admin/conflicts, GET /admin/problems and `manage.py check_config` (G-503, G-504)."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from routing.models import Route
from tests.common import access_tokens
from tests.common.factories import make_instance, make_permission, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def shadowed() -> Route:
    """A route that another takes all requests of."""
    make_instance("user-service")
    make_route("/*", service="user-service", priority=9, methods=[])
    return make_route("/a", service="user-service")


def broken(route: Route) -> Route:
    """What a rule forbids can still come to be in the table."""
    Route.objects.filter(pk=route.pk).update(target_url="/[", path_pattern="/(", path_kind="regex")
    return route


def listed(client: Any, path: str, **query: Any) -> dict[str, Any]:
    status, reply = client.call("GET", path + "?" + "&".join(f"{name}={value}" for name, value in query.items()))
    assert status == 200, reply
    content: dict[str, Any] = reply["content"]
    return content


def run(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, no_color=True)
    return out.getvalue()


def test_g503_conflicts_are_listed_with_what_stands_in_the_way(admin, shadowed):
    make_permission("b.read")
    content = listed(admin, "/admin/conflicts")
    assert [(one["kind"], one["severity"], one["subject_id"]) for one in content["conflicts"]] == [
        ("shadowed", "warning", str(shadowed.pk)),
        ("permission_unused", "info", "b.read"),
        ("permission_unused", "info", "service.read"),
    ]
    assert len(content["conflicts"][0]["by"]) == 1
    assert listed(admin, "/admin/conflicts", kind="permission_unused")["total"] == 2
    assert listed(admin, "/admin/conflicts", page=2, size=1)["conflicts"][0]["kind"] == "permission_unused"
    assert listed(admin, "/admin/conflicts", page=3)["conflicts"] == []


@pytest.mark.parametrize("query", ["kind=x", "page=0", "size=101", "severity=error"])
def test_g503_a_parameter_that_is_wrong_is_refused_by_name(admin, query):
    status, reply = admin.call("GET", f"/admin/conflicts?{query}")
    assert (status, list(reply["content"]["errors"])) == (400, [query.partition("=")[0]])


def test_g503_a_team_is_told_of_its_own_and_not_who_of_another_stands_in_the_way(shadowed):
    theirs = make_service("b-service", owner=team("team-b"))
    make_instance(theirs)
    make_route("/all/*", service=theirs, priority=10, methods=[])
    make_service("a-service", owner=team("team-a"))
    make_instance("a-service")
    mine = make_route("/all/x", service="a-service")
    alice = caller(token_of(person("alice", "team-a")))
    content = listed(alice, "/admin/conflicts")
    found = {one["subject_id"]: one for one in content["conflicts"]}
    assert found[str(mine.pk)]["by"] == []
    assert "b-service" not in str(content)
    assert {one["subject"] for one in content["conflicts"]} <= {"route", "service"}


def test_g504_rows_that_cannot_be_served_are_listed(admin):
    broken(make_route("/a", service="user-service", name="bad"))
    content = listed(admin, "/admin/problems")
    assert [(one["subject"], one["name"]) for one in content["problems"]] == [("route", "bad")]
    assert content["problems"][0]["text"]
    assert listed(admin, "/admin/problems", page=2)["problems"] == []
    assert admin.call("GET", "/admin/problems?kind=x")[0] == 400


def test_g504_another_teams_problems_are_not_listed():
    broken(make_route("/a", service=make_service("b-service", owner=team("team-b"))))
    alice = caller(token_of(person("alice", "team-a")))
    assert listed(alice, "/admin/problems")["total"] == 0


def test_reports_need_a_token(anonymous):
    for path in ("/admin/conflicts", "/admin/problems"):
        assert anonymous.call("GET", path)[0] == 401


def test_g504_check_config_fails_by_what_it_is_told_to_fail_on(shadowed):
    assert "0 error, 1 warning, 1 info" in run("check_config")
    with pytest.raises(SystemExit) as left:
        run("check_config", "--fail-on", "warning")
    assert left.value.code == 1
    broken(make_route("/b", service="user-service"))
    with pytest.raises(SystemExit) as left:
        run("check_config")
    assert left.value.code == 1


def test_g504_check_config_as_json(shadowed):
    report = json.loads(run("check_config", "--json"))
    assert [(one["severity"], one["kind"]) for one in report["findings"]] == [
        ("warning", "shadowed"),
        ("info", "permission_unused"),
    ]


def test_g410_the_command_tells_it_for_people():
    make_instance("user-service", instance_id="one", port=8001)
    route = make_route("/users/*", service="user-service", target_url="/u/*", required_permissions=["user.read"])
    token = access_tokens.access("u1")
    said = run("explain", "GET", "/users//7?x=1", "--host", "h", "--header", "X-A: 1", "--token", token)
    assert said.splitlines()[0].startswith(
        f"refused by /users/* [{route.pk}]: F40000 (HTTP 400), the path is ambiguous"
    )
    assert "path: /users//7 is /users/7 (empty_segment)" in said
    said = run("explain", "/users/7", "--token", token)
    assert (
        "x check_permission: F40003 needs any of user.read required=[user.read], strategy=any, missing=[user.read]"
        in said
    )
    assert "> one http://127.0.0.1:8001 weight 100 healthy, circuit closed" in said
    assert token not in said


def test_g410_the_command_as_json_and_of_the_past():
    make_route("/a", service="user-service", requires_auth=False)
    told = json.loads(run("explain", "/a", "--json"))
    assert told["code"] == "F50300"
    assert json.loads(run("explain", "/a", "--json", "--as-of", str(told["revision"])))["code"] == "F50300"
    with pytest.raises(CommandError):
        run("explain", "/a", "--as-of", "1000000")
    with pytest.raises(CommandError):
        run("explain", "/a", "--header", "nonsense")
