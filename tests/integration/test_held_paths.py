"""Nobody but an administrator takes requests from a route that is not his, through any door (G-010)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.utils import timezone

from configuration.changesets.scheduled import publish_due
from configuration.models import ChangeSet
from gateway_project.rest import access
from permissions.models import AuditEntry
from proxy.snapshot.loader import load_configuration
from revisions.change import change
from revisions.current import current_revision
from routing.models import Route
from services.models import Service
from tests.common.factories import make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller
from tests.integration.test_console import form

pytestmark = pytest.mark.django_db

ROUTES = "/admin/routes"
CONSOLE = "/console/routing/route/"
ENGLISH = {"accept-language": "en"}
TOLD = "answered by a route of somebody else"
TAKER = {"service_name": "mine", "path_pattern": "/theirs/x", "target_url": "/x", "method": "GET"}


@pytest.fixture
def rows() -> dict[str, Route]:
    """Routes of team A (mine), one of team B (theirs), one of nobody (shared), one of team B that gives way."""
    mine = make_service("mine", owner=team("team-a"))
    theirs = make_service("theirs", owner=team("team-b"))
    old = make_route("/theirs/old", service=mine)
    old.mark_deleted()
    moved = make_route("/theirs/moved", service=mine)
    Route.objects.filter(pk=moved.pk).update(path_pattern="/mine/moved", duplicate_key="moved")
    return {
        "wide": make_route("/*", service=mine, priority=-2, name="wide"),
        "mine": make_route("/mine/*", service=mine, name="mine"),
        "off": make_route("/theirs/off", service=mine, is_active=False),
        "old": old,
        "moved": moved,
        "theirs": make_route("/theirs/*", service=theirs, name="zebra", methods=[]),
        "shared": make_route("/shared/*", service=make_service("everybodys"), methods=[]),
        "fallback": make_route("/*", service=theirs, priority=-1),
    }


@pytest.fixture
def alice(rows: dict[str, Route]) -> Caller:
    return caller(token_of(person("alice", "team-a", "operator")))


@pytest.fixture
def console(client: Any, rows: dict[str, Route]) -> Any:
    ann = person("ann", "team-a", "operator", is_staff=True)
    ann.user_permissions.add(DjangoPermission.objects.get(codename="view_revision"))
    client.force_login(ann)
    return client


def answered() -> list[tuple[Any, ...]]:
    """Every route in force, and what decides which requests it answers."""
    routes = load_configuration().routes
    return [(one.id, one.path_pattern, one.priority, one.hosts, one.methods, one.header_conditions) for one in routes]


def refused(alice: Caller, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """What is told of it. Nothing changes, and nothing is told of the other route."""
    before = (answered(), current_revision())
    response = getattr(alice, method)(path, data=body, format="json", headers=ENGLISH)
    text = response.content.decode()
    assert (response.status_code, TOLD in text) == (409, True), text
    assert not [word for word in ("zebra", '"theirs"', str(Route.objects.get(name="zebra").pk)) if word in text]
    assert (answered(), current_revision()) == before
    content: dict[str, Any] = response.json()["content"]
    return content


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "path_pattern"),
        ({"path_pattern": "/theirs/*", "target_url": "/*", "priority": 1000}, "priority"),
        ({"path_pattern": "/.*", "path_kind": "regex", "priority": 1}, "priority"),
        ({"path_pattern": "/theirs/*", "target_url": "/*", "hosts": ["h.example"]}, "hosts"),
        ({"path_pattern": "/theirs/*", "target_url": "/*"}, "methods"),
        ({"path_pattern": "/shared/x"}, "path_pattern"),
    ],
)
def test_a_new_route_is_refused_by_the_field_that_puts_it_first(body, field, alice):
    assert refused(alice, "post", ROUTES, TAKER | body) == {
        "conflicts_with": [],
        "errors": {field: [f"{_text(field, TAKER | body)}"]},
    }


def _text(field: str, body: dict[str, Any]) -> str:
    path = body["path_pattern"]
    if field == "priority":
        return (
            f"With this priority the route for {path} would answer requests that are answered by a route of somebody "
            "else. Give it a lower one, choose a path of your own, or ask an administrator."
        )
    return (
        f"The route for {path} would answer requests that are answered by a route of somebody else. "
        "Choose a path of your own, or ask an administrator."
    )


Door = Callable[[dict[str, Route]], tuple[str, str, Any]]
DOORS: dict[str, Door] = {
    "a dry run": lambda rows: ("post", f"{ROUTES}?dry_run=true", TAKER),
    "another path": lambda rows: ("put", f"{ROUTES}/{rows['mine'].pk}", {"path_pattern": "/theirs/x/*"}),
    "another priority": lambda rows: ("put", f"{ROUTES}/{rows['wide'].pk}", {"priority": 9}),
    "switching on": lambda rows: ("put", f"{ROUTES}/{rows['off'].pk}", {"is_active": True}),
    "undeleting": lambda rows: ("post", f"{ROUTES}/{rows['old'].pk}/restore", None),
    "going back": lambda rows: ("post", f"{ROUTES}/{rows['moved'].pk}/restore?as_of={_with_moved(rows)}", None),
    "a file": lambda rows: ("post", "/admin/config", {"format": 1, "routes": [TAKER | {"name": "taker"}]}),
    "an OpenAPI document": lambda rows: (
        "post",
        "/admin/config/openapi?service=mine&prefix=/theirs",
        {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a"}}}},
    ),
}


def _with_moved(rows: dict[str, Route]) -> int:
    """The last revision as of which the moved route stood on the other's path."""
    from revisions.models import RevisionItem

    items = RevisionItem.objects.filter(object_id=str(rows["moved"].pk))
    return int(items.order_by("pk").values_list("revision", flat=True)[1]) - 1


@pytest.mark.parametrize("door", DOORS)
def test_every_door_refuses_what_would_take_anothers_requests(door, alice, rows):
    assert refused(alice, *DOORS[door](rows))["errors"].keys() <= {"path_pattern", "priority"}


def test_a_batch_names_each_route_that_would_and_makes_the_others(alice, rows):
    fine = TAKER | {"path_pattern": "/mine/new"}
    status, reply = alice.call("POST", "/admin/batch/routes", {"routes": [TAKER, fine]}, **ENGLISH)
    assert (status, reply["content"]["failed"], reply["content"]["successful"]) == (200, 1, 1)
    (error,) = reply["content"]["errors"]
    assert (error["index"], error["code"], list(error["errors"])) == (0, "F40900", ["path_pattern"])
    items = [{"id": str(rows["wide"].pk), "priority": 9}, {"id": str(rows["mine"].pk), "timeout_seconds": 7}]
    status, reply = alice.call("PUT", "/admin/batch/routes", {"routes": items}, **ENGLISH)
    assert (status, [list(one["errors"]) for one in reply["content"]["errors"]]) == (200, [["priority"]])
    assert not Route.objects.filter(path_pattern="/theirs/x").exists()


def test_a_change_set_is_refused_at_once_and_at_its_time(alice):
    wanted = {"reason": "mine now", "changes": [{"action": "create", "kind": "route", "data": TAKER}]}
    status, reply = alice.call("POST", "/admin/changesets", wanted, **ENGLISH)
    assert (status, list(reply["content"]["errors"][0]["errors"])) == (400, ["path_pattern"])
    assert alice.call("POST", "/admin/changesets", {**wanted, "draft": True})[0] == 200
    before = answered()
    ChangeSet.objects.update(publish_at=timezone.now())
    publish_due()
    row = ChangeSet.objects.get()
    assert (row.state, answered()) == ("failed", before)
    assert TOLD in str(row.problem["en"])
    assert "別人的路由" in str(row.problem["zh-hant"])


def test_the_consoles_form_blames_the_field(console, rows):
    before, address = answered(), f"{CONSOLE}{rows['mine'].pk}/change/"
    typed = {"path_pattern": "/theirs/y", "target_url": "/"}
    for field, further in (("path_pattern", {}), ("priority", {"priority": "9"}), ("priority", {"_preview": ""})):
        typed |= further
        page = console.post(address, form(console.get(address)) | typed)
        told = page.context["adminform"].form.errors
        assert (list(told), "別人的路由" in str(told)) == ([field], True)
    assert answered() == before


def test_the_consoles_action_and_its_restore_say_what_is_in_the_way(console, rows):
    before = answered()
    chosen = {"action": "enable", "_selected_action": [str(rows["off"].pk)]}
    page = console.post(CONSOLE, chosen, headers=ENGLISH, follow=True)
    assert [TOLD in str(one) for one in page.context["messages"]] == [True]
    for button in ("_apply", "_keep"):
        page = console.post(CONSOLE, chosen | {button: "", "draft-reason": "x"}, headers=ENGLISH, follow=True)
        assert [TOLD in str(one) for one in page.context["messages"]] == [True]
    number = _with_moved(rows) + 1
    page = console.post(
        f"/console/revisions/revision/{number}/object/route/{rows['moved'].pk}/", headers=ENGLISH, follow=True
    )
    assert [TOLD in str(one) for one in page.context["messages"]] == [True]
    assert answered() == before


@pytest.mark.parametrize(
    "body",
    [
        {"path_pattern": "/mine/narrower"},
        {"path_pattern": "/new/*", "target_url": "/*"},
        {"path_pattern": "/", "priority": 9},
        {"path_pattern": "/(a|b)/.*", "path_kind": "regex", "priority": 9},
    ],
)
def test_a_path_of_ones_own_and_one_that_a_fallback_leaves_are_free(body, alice):
    status, reply = alice.call("POST", ROUTES, TAKER | body, **ENGLISH)
    assert status == 200, reply


def test_what_decides_nothing_may_be_changed_of_a_route_that_stands_before_anothers(alice, rows, admin):
    status, reply = admin.call("POST", ROUTES, TAKER)
    assert status == 200, "an administrator may give a part of a path away"
    path = f"{ROUTES}/{reply['content']['route_id']}"
    for body in ({"timeout_seconds": 7}, {"priority": 5}, {"methods": ["GET", "PUT"]}):
        status, reply = alice.call("PUT", path, body, **ENGLISH)
        assert status == (409 if "methods" in body else 200), reply


def test_members_of_both_teams_and_administrators_move_requests_as_they_like(rows, admin):
    both = caller(token_of(person("bob", "team-a", "team-b", "operator")))
    assert both.call("POST", ROUTES, TAKER)[0] == 200
    assert both.call("POST", ROUTES, TAKER | {"path_pattern": "/shared/x"})[0] == 409
    assert admin.call("POST", ROUTES, TAKER | {"path_pattern": "/shared/x"})[0] == 200


def test_routes_that_leave_make_room_for_the_rest(alice, rows):
    Service.objects.filter(name="theirs").update(owner=team("team-a"))
    assert alice.call("POST", ROUTES, TAKER)[0] == 200
    rows["shared"].mark_deleted()
    assert alice.call("POST", ROUTES, TAKER | {"path_pattern": "/shared/x"})[0] == 200


def test_a_refusal_is_in_the_audit_trail(alice):
    refused(alice, "post", ROUTES, TAKER)
    assert AuditEntry.objects.filter(actor="alice", outcome="refused", status=409).exists()


@pytest.mark.parametrize("groups", [("team-a",), ("administrator",)])
def test_who_may_change_no_route_or_any_pays_nothing_for_it(groups, rows, django_assert_num_queries):
    mia = person("mia", *groups)
    access.is_administrator(mia)
    with django_assert_num_queries(3), access.acting(mia), change():
        pass
