"""/admin/revisions, restores of single objects, and reading as of a revision (G-500, G-160)."""

from __future__ import annotations

from typing import Any

import pytest

from permissions.models import Permission, Role, TokenIssuer
from revisions.current import current_revision
from revisions.models import Revision
from routing.models import Route
from services.models import Service, ServiceInstance
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_instance, make_permission, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller

STATUS = {"F40000": 400, "F40001": 401, "F40003": 403, "F40400": 404, "F40900": 409}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def good(answer: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    status, reply = answer
    assert (status, reply["code"]) == (200, "S10000"), reply
    content: dict[str, Any] = reply["content"]
    return content


def refused(answer: tuple[int, dict[str, Any]]) -> str:
    status, reply = answer
    assert status == STATUS[reply["code"]]
    return str(reply["code"])


def create_route(admin: Caller, **values: Any) -> str:
    identity: str = good(admin.call("POST", "/admin/routes", {**ROUTE_BODY, **values}))["route_id"]
    return identity


def test_g500_a_revision_says_who_when_why_and_what(admin):
    identity = create_route(admin)
    admin.call("PUT", f"/admin/routes/{identity}", {"priority": 5}, **{"X-Change-Reason": "first come"})
    shown = good(admin.call("GET", f"/admin/revisions/{current_revision()}"))
    assert (shown["actor"], shown["reason"], shown["recorded"], shown["total_changes"]) == (
        "root", "first come", True, 1,
    )  # fmt: skip
    assert shown["changes"] == [
        {
            "kind": "route",
            "id": identity,
            "name": "GET /api/v1/users/*",
            "action": "update",
            "fields": {"priority": {"before": 0, "after": 5}},
        }
    ]


def test_g500_the_list_is_newest_first_in_pages_and_says_how_much_each_changed(admin, django_assert_max_num_queries):
    create_route(admin)
    for number in range(3):
        make_service(f"s{number}")
    with django_assert_max_num_queries(8):
        content = good(admin.call("GET", "/admin/revisions?size=2"))
    newest = current_revision()
    assert content["total"] == newest
    assert [(one["number"], one["total_changes"]) for one in content["revisions"]] == [(newest, 1), (newest - 1, 1)]
    assert good(admin.call("GET", "/admin/revisions?size=2&page=2"))["revisions"][1]["total_changes"] == 2


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("actor=root", {"route"}),
        ("kind=role", {"role"}),
        ("kind=route&object=GET /api/v1/users/*", {"route"}),
        ("kind=role&object=GET /api/v1/users/*", set()),
        ("object=editor", {"role"}),
        ("since=2020-01-01T00:00:00Z&kind=role", {"role"}),
        ("until=2020-01-01 00:00:00", set()),
    ],
)
def test_g500_revisions_are_found_by_actor_kind_object_and_time(admin, query, names):
    create_route(admin)
    Role.objects.create(name="editor")
    kinds = {current_revision(): "role", current_revision() - 1: "route"}
    found = good(admin.call("GET", f"/admin/revisions?{query}"))["revisions"]
    assert {kinds[one["number"]] for one in found} == names


@pytest.mark.parametrize("query", ["kind=wheel", "since=soon", "colour=red", "kind=", "until=", "size=0"])
def test_g500_filters_that_make_no_sense_are_refused(admin, query):
    assert refused(admin.call("GET", f"/admin/revisions?{query}")) == "F40000"


@pytest.mark.parametrize("path", ["999999", "x", "-1", "1e3", "999999/diff/1", "1/diff/x", "9" * 40])
def test_g500_an_unknown_revision_is_not_found(admin, path):
    make_service("orders")
    assert refused(admin.call("GET", f"/admin/revisions/{path}")) == "F40400"


@pytest.mark.parametrize("number", ["999999", "x", "-1", "9" * 40])
def test_g500_an_unknown_revision_cannot_be_restored(admin, number):
    assert refused(admin.call("POST", f"/admin/revisions/{number}/restore")) == "F40400"


def test_g500_two_revisions_compared_show_what_is_left_of_what_happened_between(admin):
    identity = create_route(admin)
    older = current_revision()
    for limit in (7, 9):
        admin.call("PUT", f"/admin/routes/{identity}", {"rate_limit_rpm": limit})
    newer = current_revision()
    content = good(admin.call("GET", f"/admin/revisions/{older}/diff/{newer}"))
    assert [one["fields"] for one in content["changes"]] == [{"rate_limit_rpm": {"before": 1000, "after": 9}}]
    content = good(admin.call("GET", f"/admin/revisions/{newer}/diff/{older}?page=1&size=5"))
    assert [one["fields"] for one in content["changes"]] == [{"rate_limit_rpm": {"before": 9, "after": 1000}}]
    assert good(admin.call("GET", f"/admin/revisions/{older}/diff/{older}"))["total_changes"] == 0


def test_g500_secrets_never_leave(admin):
    TokenIssuer.objects.create(name="partner", algorithms=["HS256"], secret="s3cret" * 8)
    newest = current_revision()
    for path in (f"/admin/revisions/{newest}", f"/admin/revisions/0/diff/{newest}"):
        answer = admin.get(path)
        assert answer.status_code == 200
        assert b"s3cret" not in answer.content
        assert b"********" in answer.content


def test_g500_the_whole_configuration_is_restored_as_one_revision(admin):
    kept = create_route(admin)
    wanted = current_revision()
    admin.call("PUT", f"/admin/routes/{kept}", {"priority": 5})
    create_route(admin, path_pattern="/later", target_url="/later")
    before = current_revision()
    content = good(admin.call("POST", f"/admin/revisions/{wanted}/restore", **{"X-Change-Reason": "it broke"}))
    assert content == {"as_of": wanted, "revision": before + 1, "created": 0, "updated": 1, "deleted": 1}
    assert Revision.objects.get(number=before + 1).reason == f"restore of {wanted}: it broke"
    listed = good(admin.call("GET", "/admin/routes"))["routes"]
    assert [(one["id"], one["priority"]) for one in listed] == [(kept, 0)]


def test_g500_restoring_what_is_in_force_changes_nothing(admin):
    create_route(admin)
    newest = current_revision()
    content = good(admin.call("POST", f"/admin/revisions/{newest}/restore"))
    assert (content["revision"], current_revision()) == (None, newest)


def test_g500_a_restore_takes_no_body(admin):
    make_service("orders")
    assert refused(admin.call("POST", f"/admin/revisions/{current_revision()}/restore", {"force": True})) == "F40000"
    assert refused(admin.call("POST", f"/admin/revisions/{current_revision()}/restore?force=1")) == "F40000"


def test_g010_only_an_administrator_restores_the_whole(member, anonymous):
    make_service("orders")
    path = f"/admin/revisions/{current_revision()}/restore"
    assert refused(member.call("POST", path)) == "F40003"
    assert refused(anonymous.call("POST", path)) == "F40001"


def test_g160_a_deleted_route_is_restored(admin):
    identity = create_route(admin, required_permissions=[make_permission("user.read").code])
    good(admin.call("DELETE", f"/admin/routes/{identity}"))
    content = good(admin.call("POST", f"/admin/routes/{identity}/restore"))
    assert content == {"id": identity, "as_of": current_revision() - 2, "revision": current_revision()}
    shown = good(admin.call("GET", f"/admin/routes/{identity}"))
    assert shown["required_permissions"] == ["user.read"]
    assert Revision.objects.get(number=current_revision()).reason.startswith("restore of route GET /api/v1/users/*")


def test_g160_a_route_whose_path_is_taken_is_a_conflict_that_names_the_other(admin):
    identity = create_route(admin)
    admin.call("DELETE", f"/admin/routes/{identity}")
    other = create_route(admin)
    status, reply = admin.call("POST", f"/admin/routes/{identity}/restore")
    assert (status, reply["code"]) == (409, "F40900")
    assert reply["content"]["conflicts_with"] == [other]


def test_g500_a_live_route_goes_back_to_the_revision_that_is_named(admin):
    identity = create_route(admin)
    first = current_revision()
    admin.call("PUT", f"/admin/routes/{identity}", {"priority": 5})
    assert refused(admin.call("POST", f"/admin/routes/{identity}/restore")) == "F40000"
    good(admin.call("POST", f"/admin/routes/{identity}/restore?as_of={first}"))
    assert good(admin.call("GET", f"/admin/routes/{identity}"))["priority"] == 0


@pytest.mark.parametrize("query", ["?as_of=x", "?as_of=-1", "?revision=1"])
def test_g500_a_restore_refuses_what_it_does_not_understand(admin, query):
    identity = create_route(admin)
    assert refused(admin.call("POST", f"/admin/routes/{identity}/restore{query}")) == "F40000"


@pytest.mark.parametrize("kind", ["routes", "services", "consumers", "permissions", "roles", "grants", "issuers"])
@pytest.mark.parametrize("identity", [UNKNOWN, "12345", "x", "%00", "9" * 30])
def test_g500_what_never_was_cannot_be_restored(admin, kind, identity):
    assert refused(admin.call("POST", f"/admin/{kind}/{identity}/restore")) in ("F40400", "F40000")


def test_g500_instances_consumers_permissions_roles_grants_and_issuers_come_back(admin):
    instance = good(admin.call("POST", "/admin/services", INSTANCE_BODY))["instance_id"]
    made = {"services": instance}
    bodies = {
        "consumers": ("consumer_id", {"name": "shop"}),
        "roles": ("role_id", {"name": "editor"}),
        "permissions": (
            "permission_id",
            {"permission_code": "a.b", "permission_name": "A", "resource_type": "a", "actions": ["read"]},
        ),
        "grants": ("grant_id", {"permission": "gateway.admin", "user": "u7"}),
        "issuers": ("issuer_id", {"name": "partner", "algorithms": ["HS256"], "secret": "s" * 40}),
    }
    for kind, (key, body) in bodies.items():
        made[kind] = good(admin.call("POST", f"/admin/{kind}", body))[key]
    before = {kind: good(admin.call("GET", f"/admin/{kind}/{identity}")) for kind, identity in made.items()}
    for kind, identity in made.items():
        good(admin.call("DELETE", f"/admin/{kind}/{identity}"))
        good(admin.call("POST", f"/admin/{kind}/{identity}/restore"))
    after = {kind: good(admin.call("GET", f"/admin/{kind}/{identity}")) for kind, identity in made.items()}
    for shown in (*before.values(), *after.values()):
        shown.pop("updated_at", None)
    assert after == before
    assert TokenIssuer.objects.get().secret == "s" * 40


def test_g225_a_route_does_not_come_back_without_its_permission(admin):
    identity = create_route(admin, required_permissions=[make_permission("user.read").code])
    admin.call("DELETE", f"/admin/routes/{identity}")
    permission = Permission.objects.get(code="user.read")
    good(admin.call("DELETE", f"/admin/permissions/{permission.pk}"))
    status, reply = admin.call("POST", f"/admin/routes/{identity}/restore?as_of={current_revision() - 2}")
    assert (status, reply["code"]) == (409, "F40900")
    assert reply["content"]["missing"][0].endswith("user.read")
    good(admin.call("POST", f"/admin/permissions/{permission.pk}/restore"))
    good(admin.call("POST", f"/admin/routes/{identity}/restore?as_of={current_revision() - 3}"))


def test_g500_lists_and_details_are_read_as_of_a_revision(admin, member):
    identity = create_route(admin)
    instance = good(admin.call("POST", "/admin/services", INSTANCE_BODY))["instance_id"]
    then = current_revision()
    admin.call("PUT", f"/admin/routes/{identity}", {"priority": 5, "path_pattern": "/moved", "target_url": "/"})
    admin.call("DELETE", f"/admin/services/{instance}")
    create_route(admin, path_pattern="/later", target_url="/later")
    for query in ("", "&service_name=user-service", "&method=GET&path=/api&ordering=priority", "&search=users"):
        listed = good(member.call("GET", f"/admin/routes?as_of={then}{query}"))
        assert [(one["id"], one["priority"]) for one in listed["routes"]] == [(identity, 0)]
    assert good(member.call("GET", f"/admin/routes/{identity}?as_of={then}"))["path_pattern"] == "/api/v1/users/*"
    listed = good(member.call("GET", f"/admin/services?service_name=user-service&as_of={then}"))
    assert (listed["healthy_instances"], [one["status"] for one in listed["instances"]]) == (1, ["healthy"])
    assert good(member.call("GET", f"/admin/services/{instance}?as_of={then}"))["instance_id"] == "user-service-001"
    assert good(member.call("GET", "/admin/routes"))["total"] == 2
    assert good(admin.call("GET", "/admin/permissions?as_of=0"))["total"] >= 2


@pytest.mark.parametrize(("text", "code"), [("x", "F40000"), ("-1", "F40000"), ("", "F40000"), ("999999", "F40000")])
def test_g500_an_as_of_that_cannot_be_read_is_refused(admin, text, code):
    assert refused(admin.call("GET", f"/admin/routes?as_of={text}")) == code


def test_g500_as_of_before_the_record_says_where_it_begins(admin):
    make_service("orders")
    Revision.objects.filter(number=current_revision()).update(recorded=False)
    status, reply = admin.call("GET", f"/admin/routes?as_of={current_revision() - 1}", **{"Accept-Language": "en"})
    assert (status, list(reply["content"]["errors"])) == (400, ["as_of"])
    assert f"begins with revision {current_revision()}" in reply["content"]["errors"]["as_of"][0]


def test_g500_revisions_older_than_the_record_say_where_it_begins(admin):
    make_service("orders")
    Revision.objects.filter(number=current_revision()).update(recorded=False)
    oldest = current_revision()
    make_service("later")
    for method, path in (
        ("GET", f"/admin/revisions/{oldest - 1}/diff/{oldest + 1}"),
        ("POST", f"/admin/revisions/{oldest - 1}/restore"),
    ):
        status, reply = admin.call(method, path)
        assert (status, reply["code"], reply["content"]) == (404, "F40400", {"begins": oldest})


# --- Teams ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def alice(db: None) -> Caller:
    """An operator of team A."""
    return caller(token_of(person("alice", "team-a", "operator")))


def test_g500_a_member_sees_of_the_history_only_what_is_of_services_he_may_see(alice, admin):
    start = current_revision()
    for name in ("a", "b"):
        make_route(f"/{name}", service=make_service(f"{name}-service", owner=team(f"team-{name}")))
    make_service("open")
    Role.objects.create(name="editor")
    theirs = {one["number"] for one in good(alice.call("GET", "/admin/revisions"))["revisions"]}
    assert theirs == {start + 1, start + 2, start + 5}
    everything = good(alice.call("GET", f"/admin/revisions/{start}/diff/{current_revision()}"))
    assert {one["name"] for one in everything["changes"]} == {"a-service", "GET /a", "open"}
    assert good(admin.call("GET", f"/admin/revisions/{start}/diff/{current_revision()}"))["total_changes"] == 6
    assert refused(alice.call("GET", f"/admin/revisions/{start + 3}")) == "F40400"
    assert good(alice.call("GET", "/admin/revisions?object=b-service"))["total"] == 0
    assert good(alice.call("GET", "/admin/revisions?kind=role"))["total"] == 0


def test_g500_what_belongs_to_another_team_now_is_hidden_in_the_past_too(alice):
    service = make_service("moved")
    route = make_route("/a", service=service)
    make_instance(service, instance_id="one")
    then = current_revision()
    Service.objects.filter(pk=service.pk).update(owner=team("team-b"))
    assert good(alice.call("GET", f"/admin/routes?as_of={then}"))["total"] == 0
    assert refused(alice.call("GET", f"/admin/routes/{route.pk}?as_of={then}")) == "F40400"
    listed = good(alice.call("GET", f"/admin/services?service_name=moved&as_of={then}"))
    assert (listed["total_instances"], listed["healthy_instances"]) == (0, 0)
    assert good(alice.call("GET", "/admin/revisions?object=moved"))["total"] == 0


def test_g500_an_operator_restores_what_is_his_teams_and_nothing_else(alice):
    routes = {}
    for name in ("a", "b"):
        routes[name] = make_route(f"/{name}", service=make_service(f"{name}-service", owner=team(f"team-{name}")))
        routes[name].mark_deleted(routes[name].created_at)
    good(alice.call("POST", f"/admin/routes/{routes['a'].pk}/restore"))
    assert refused(alice.call("POST", f"/admin/routes/{routes['b'].pk}/restore")) == "F40400"
    role = Role.objects.create(name="editor")
    assert refused(alice.call("POST", f"/admin/roles/{role.pk}/restore?as_of=1")) == "F40003"
    assert Route.objects.live().count() == 1


def test_g500_a_route_does_not_go_back_into_a_service_that_is_another_teams_now(alice):
    moved, own = make_service("moved", owner=team("team-a")), make_service("own", owner=team("team-a"))
    route = make_route("/a", service=moved)
    then = current_revision()
    Route.objects.filter(pk=route.pk).update(service=own)
    Service.objects.filter(pk=moved.pk).update(owner=team("team-b"))
    assert refused(alice.call("POST", f"/admin/routes/{route.pk}/restore?as_of={then}")) == "F40400"


def test_g500_the_history_of_a_service_that_is_gone_is_for_administrators(alice, admin):
    service = make_service("gone", owner=team("team-a"))
    instance = make_instance(service, instance_id="one")
    then = current_revision()
    pk = instance.pk
    Service.objects.filter(pk=service.pk).delete()
    assert good(alice.call("GET", "/admin/revisions?object=gone"))["total"] == 0
    assert refused(alice.call("POST", f"/admin/services/{pk}/restore")) == "F40400"
    status, reply = admin.call("POST", f"/admin/services/{pk}/restore")
    assert (status, reply["content"]["missing"][0][-4:]) == (409, "gone")
    good(admin.call("POST", f"/admin/revisions/{then}/restore"))
    assert ServiceInstance.objects.get().pk == pk
