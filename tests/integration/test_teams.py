"""Who sees and changes what belongs to a team (G-010, G-011)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import ProtectedError

from configuration.kinds import kind_named
from configuration.write import write
from gateway_project.rest import access
from gateway_project.rest.errors import Forbidden, NotFound
from permissions.models import TokenIssuer
from revisions.change import change
from routing.models import Route, RoutePermission
from services.models import Service, ServiceInstance
from tests.common import access_tokens
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_instance, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.common.tokens import token as foreign_token
from tests.conftest import Caller, caller

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def rows(db: None) -> dict[str, Any]:
    """A service of team A, one of team B, one of nobody, each with an instance and a route."""
    found: dict[str, Any] = {}
    for name, owner in (("a", team("team-a")), ("b", team("team-b")), ("open", None)):
        service = make_service(f"{name}-service", owner=owner)
        found[name] = service
        found[f"{name}-instance"] = make_instance(service, instance_id=f"{name}-1")
        found[f"{name}-route"] = make_route(f"/{name}/*", service=service, target_url="/*")
    return found


def of(*groups: str, name: str = "alice", **flags: Any) -> Caller:
    return caller(token_of(person(name, *groups, **flags)))


def listed(client: Caller) -> set[str]:
    status, reply = client.call("GET", "/admin/routes")
    assert status == 200
    assert reply["content"]["total"] == len(reply["content"]["routes"])
    return {route["service_name"] for route in reply["content"]["routes"]}


def test_g011_members_see_the_services_of_their_teams_and_those_of_nobody(rows):
    assert listed(of("team-a")) == {"a-service", "open-service"}
    assert listed(of("team-a", "team-b", name="bob")) == {"a-service", "b-service", "open-service"}
    assert listed(of(name="carol")) == {"open-service"}
    assert listed(of(name="root", is_superuser=False)) == {"open-service"}


def test_administrators_see_everything(rows, admin):
    everything = {"a-service", "b-service", "open-service"}
    assert listed(admin) == everything
    assert listed(of("administrator")) == everything
    assert listed(caller(access_tokens.access("nobody", roles=["admin"]))) == everything


def test_every_model_of_a_service_is_narrowed_and_any_other_is_for_administrators(rows, django_user_model):
    alice = person("alice", "team-a")
    for model, names in ((Service, {"a", "open"}), (ServiceInstance, {"a-instance", "open-instance"})):
        seen = {row.pk for row in access.visible(alice, model.objects.all())}
        assert seen == {rows[name].pk for name in names}
    assert access.visible(alice, Route.objects.all()).count() == 2
    assert access.visible(alice, RoutePermission.objects.all()).count() == 0
    assert not access.visible(alice, django_user_model.objects.all()).exists()
    assert access.visible(access.LOCAL, django_user_model.objects.all()).exists()


def test_leaving_a_team_works_at_once(rows):
    account = person("alice", "team-a")
    client = caller(token_of(account))
    assert "a-service" in listed(client)
    account.groups.clear()
    assert listed(client) == {"open-service"}


@pytest.mark.parametrize(("groups", "status"), [(("team-a", "operator"), 200), (("team-a", "viewer"), 403), ((), 403)])
def test_operators_alone_change_routes_of_their_teams(rows, groups, status):
    client = of(*groups)
    path = f"/admin/routes/{rows['a-route'].pk}"
    assert client.call("PUT", path, {"timeout_seconds": 7})[0] == status
    body = {**ROUTE_BODY, "service_name": "a-service"}
    assert client.call("POST", "/admin/routes", body)[0] == status
    assert client.call("DELETE", path)[0] == status


def test_g010_a_route_of_nobodys_service_is_changed_by_administrators_only(rows):
    client = of("team-a", "operator")
    status, reply = client.call("PUT", f"/admin/routes/{rows['open-route'].pk}", {"timeout_seconds": 7})
    assert (status, reply["code"], reply["msg"]) == (403, "F40003", "權限不足，僅管理員可操作")
    assert client.call("POST", "/admin/routes", {**ROUTE_BODY, "service_name": "open-service"})[0] == 403


def test_what_belongs_to_another_team_answers_as_what_does_not_exist(rows):
    client = of("team-a", "operator")
    for method, body in (("GET", None), ("PUT", {"timeout_seconds": 7}), ("DELETE", None)):
        there = client.call(method, f"/admin/routes/{rows['b-route'].pk}", body)
        assert there == client.call(method, f"/admin/routes/{UNKNOWN}", body)
        assert there[0] == 404
    for method, body in (("GET", None), ("PUT", {"weight": 7}), ("DELETE", None)):
        there = client.call(method, f"/admin/services/{rows['b-instance'].pk}", body)
        assert there == client.call(method, f"/admin/services/{UNKNOWN}", body)
        assert client.call(method, "/admin/services/b-1", body) == there
        assert there[0] == 404
    for tail, method, body in (
        ("policy", "GET", None),
        ("policy", "PUT", {"slow_start_seconds": 1.0}),
        ("state", "GET", None),
        ("breaker", "POST", {"action": "open"}),
        ("plugins", "GET", None),
        ("plugins/cors", "PUT", {}),
    ):
        there = client.call(method, f"/admin/services/b-service/{tail}", body)
        assert there == client.call(method, f"/admin/services/no-service/{tail}", body)
        assert there[0] == 404


@pytest.mark.parametrize("path", ["/admin/routes", "/admin/services"])
def test_a_name_in_a_body_does_not_tell_whether_another_team_has_it(rows, path):
    client = of("team-a", "operator")
    body = ROUTE_BODY if path.endswith("routes") else INSTANCE_BODY
    hidden = client.call("POST", path, {**body, "service_name": "b-service"})
    assert hidden == client.call("POST", path, {**body, "service_name": "no-service"})
    assert (hidden[0], hidden[1]["code"]) == (404, "F40400")


def test_a_route_cannot_be_moved_to_where_its_operator_may_not_write(rows):
    client = of("team-a", "operator")
    path = f"/admin/routes/{rows['a-route'].pk}"
    assert client.call("PUT", path, {"service_name": "b-service"})[0] == 404
    assert client.call("PUT", path, {"service_name": "open-service"})[0] == 403


def test_g105_a_clash_with_another_teams_route_does_not_name_it(rows, admin):
    body = {**ROUTE_BODY, "service_name": "a-service", "path_pattern": "/b/*"}
    status, reply = of("team-a", "operator").call("POST", "/admin/routes", body)
    assert (status, reply["code"], reply["content"]) == (409, "F40900", {"conflicts_with": []})
    assert "b-service" not in reply["msg"]
    assert str(rows["b-route"].pk) not in reply["msg"]
    assert admin.call("POST", "/admin/routes", body)[1]["content"] == {"conflicts_with": [str(rows["b-route"].pk)]}


def test_g204_counts_do_not_tell_of_another_teams_instances(rows):
    client = of("team-a")
    assert client.call("GET", "/admin/services?service_name=b-service")[1]["content"] == {
        "service_name": "b-service",
        "total_instances": 0,
        "healthy_instances": 0,
        "instances": [],
    }


def test_operators_change_instances_policy_plugins_and_breakers_of_their_teams(rows):
    client = of("team-a", "operator")
    for method, tail, body in (
        ("PUT", rows["a-instance"].pk, {"weight": 7}),
        ("PUT", "a-service/policy", {"slow_start_seconds": 1.0}),
        ("PUT", "a-service/plugins/cors", {"allow_origins": ["https://a.example"]}),
        ("GET", "a-service/plugins", None),
        ("DELETE", "a-service/plugins/cors", None),
        ("DELETE", rows["a-instance"].pk, None),
    ):
        status, reply = client.call(method, f"/admin/services/{tail}", body)
        assert status == 200, (method, tail, reply)
    assert client.call("POST", "/admin/services", {**INSTANCE_BODY, "service_name": "a-service"})[0] == 200


def test_members_who_are_no_operators_change_no_instance_of_their_team(rows):
    client = of("team-a")
    assert client.call("PUT", f"/admin/services/{rows['a-instance'].pk}", {"weight": 7})[0] == 403
    assert client.call("POST", "/admin/services", {**INSTANCE_BODY, "service_name": "a-service"})[0] == 403
    assert client.call("POST", "/admin/services/a-1/heartbeat")[0] == 403
    assert client.call("PUT", f"/admin/services/{rows['open-instance'].pk}", {"weight": 7})[0] == 200


def test_the_cache_of_a_route_is_purged_by_operators_of_its_team(rows):
    client = of("team-a", "operator")
    assert client.call("POST", "/admin/cache/purge", {"route_id": str(rows["a-route"].pk)})[0] in (200, 503)
    assert client.call("POST", "/admin/cache/purge", {"route_id": str(rows["b-route"].pk)})[0] == 404
    assert client.call("POST", "/admin/cache/purge", {"route_id": UNKNOWN})[0] == 404
    assert client.call("POST", "/admin/cache/purge", {"all": True})[0] == 403


@pytest.mark.parametrize(("allowed", "services"), [(True, {"a-service", "open-service"}), (False, {"open-service"})])
def test_g007_another_issuers_tokens_name_teams_if_its_row_allows_it(rows, allowed, services):
    secret = "issuer-secret-of-tests-with-48-characters-012345"
    TokenIssuer.objects.create(
        name="idp", issuer="https://idp", algorithms=["HS256"], secret=secret, may_name_teams=allowed
    )
    person("u1", "team-b")  # an account of the same name is somebody else
    claims = {"iss": "https://idp", "teams": ["team-a"], "exp": 4_000_000_000}
    assert listed(caller(foreign_token(secret, **claims))) == services


def test_require_write_tells_what_is_missing(rows):
    alice, bob = person("alice", "team-a"), person("bob", "team-b", "operator")
    with pytest.raises(Forbidden):
        access.require_write(alice, rows["a-route"])
    with pytest.raises(NotFound):
        access.require_write(bob, rows["a-instance"])
    with pytest.raises(Forbidden):
        access.require_write(bob, rows["a"].owner)
    access.require_write(bob, rows["b"])
    access.require_write(access.LOCAL, rows["b"])


def test_a_team_that_owns_a_service_cannot_be_deleted(rows):
    with pytest.raises(ProtectedError):
        team("team-a").delete()


def test_g501_a_write_of_any_kind_keeps_to_the_teams(rows):
    alice = person("alice", "team-a", "operator")

    def attempt(action: Any, kind: str, identity: str, **data: Any) -> Any:
        with change():
            return write(action, kind_named(kind), identity, data, alice)

    assert attempt("update", "route", str(rows["a-route"].pk), timeout_seconds=7).fields
    assert attempt("update", "service", "a-service", slow_start_seconds=1.0).fields
    for kind, identity in (("route", str(rows["b-route"].pk)), ("service", "b-service"), ("instance", "b-service/b-1")):
        for action in ("update", "delete"):
            with pytest.raises(NotFound):
                attempt(action, kind, identity)
    for action, kind, identity, data in (
        ("update", "service", "a-service", {"name": "b-service"}),
        ("create", "service", "", {"name": "b-service"}),
        ("create", "consumer", "", {"name": "shop"}),
        ("update", "service", "open-service", {"slow_start_seconds": 1.0}),
    ):
        with pytest.raises(Forbidden):
            attempt(action, kind, identity, **data)
    with pytest.raises(NotFound):
        attempt("update", "permission", "gateway.admin", description="mine")


def test_an_administrator_gives_a_service_to_a_team_and_takes_it_back(rows, admin):
    alice = of("team-a", "operator")
    path = "/admin/services/open-service/owner"
    assert alice.call("PUT", path, {"owner": "team-a"})[0] == 403
    status, reply = admin.call("PUT", path, {"owner": "team-a"})
    assert (status, reply["content"]["updated_fields"]) == (200, ["owner"])
    assert alice.call("GET", path)[1]["content"] == {"service_name": "open-service", "owner": "team-a"}
    assert alice.call("PUT", f"/admin/routes/{rows['open-route'].pk}", {"priority": 1})[0] == 200
    assert admin.call("PUT", path, {"owner": None})[0] == 200
    assert alice.call("PUT", f"/admin/routes/{rows['open-route'].pk}", {"priority": 2})[0] == 403


@pytest.mark.parametrize("owner", ["operator", "no-team", 7, ""])
def test_an_owner_is_the_name_of_a_team(rows, admin, owner):
    status, reply = admin.call("PUT", "/admin/services/open-service/owner", {"owner": owner})
    assert (status, list(reply["content"]["errors"])) == (400, ["owner"])
