"""What a member of one team, a reading token and a withdrawn operator have tried, and what they may not get."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.utils import timezone

from configuration.changesets.scheduled import publish_due
from configuration.models import ChangeSet
from permissions import api_tokens
from permissions.models import ApiToken, AuditEntry, TokenIssuer
from revisions import heavy_read
from revisions.change import change
from revisions.current import current_revision
from routing.models import Route
from services.models import Service
from tests.common.factories import ROUTE_BODY, make_instance, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.common.tokens import token as foreign_token
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db

MARK = "zebra"
ABSENT = "quagga"


@pytest.fixture
def zebra() -> Service:
    """What belongs to team B."""
    return make_service(f"{MARK}-service", owner=team("team-b"))


@pytest.fixture
def mine(zebra: Service) -> Service:
    """What belongs to team A."""
    return make_service("mine", owner=team("team-a"))


@pytest.fixture
def alice(mine: Service) -> Caller:
    """An operator of team A."""
    return caller(token_of(person("alice", "team-a", "operator")))


def split_to(name: str) -> dict[str, Any]:
    return {"traffic_split": {"rules": [{"split": [{"service": name}]}]}}


def told(reply: Any, name: str) -> Any:
    return str(reply).replace(name, "*")


# Reading tokens


def reader(*groups: str) -> Caller:
    return caller(api_tokens.create(person("reader", *groups), "ci", "read").key)


def test_a_reading_token_asks(mine):
    client = reader("team-a", "operator")
    make_route("/mine/*", service=mine, target_url="/*")
    assert client.call("POST", "/admin/explain", {"path": "/mine/1"})[0] == 200
    assert client.call("POST", "/admin/permissions/check", {"path": "/mine/1"})[0] == 200
    route = {**ROUTE_BODY, "service_name": "mine"}
    before = Route.objects.count()
    assert client.call("POST", "/admin/routes?dry_run=true", route)[1]["content"]["dry_run"] is True
    assert Route.objects.count() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/admin/routes", {**ROUTE_BODY, "service_name": "mine"}),
        ("/admin/routes?dry_run=false", {**ROUTE_BODY, "service_name": "mine"}),
        ("/admin/routes?dry_run=", {**ROUTE_BODY, "service_name": "mine"}),
        ("/admin/routes?dry_run=maybe", {**ROUTE_BODY, "service_name": "mine"}),
        ("/admin/routes?dry_run=true&dry_run=false", {**ROUTE_BODY, "service_name": "mine"}),
        ("/admin/explain/x", {}),
        ("/admin/tokens?dry_run=true", {"name": "x"}),
        ("/admin/cache/purge?dry_run=true", {"all": True}),
    ],
)
def test_a_reading_token_does_not_write_by_asking_oddly(path, body, mine):
    client = reader("team-a", "operator")
    before = current_revision(), ApiToken.objects.count()
    assert client.call("POST", path, body)[0] in (400, 403, 404)
    assert (current_revision(), ApiToken.objects.count()) == before


def test_a_draft_that_is_no_dry_run_is_in_the_audit_trail(alice):
    status, _reply = alice.call("POST", "/admin/changesets?dry_run=false", DRAFT)
    assert status == 200
    assert AuditEntry.objects.filter(object="/admin/changesets").count() == 1


# Drafts


@pytest.fixture
def stranger(mine: Service) -> Caller:
    with change():
        TokenIssuer(
            name="ext", issuer="https://ext.example", algorithms=["HS256"], secret="x" * 32, may_name_teams=True
        ).save()
    return caller(
        foreign_token(secret="x" * 32, iss="https://ext.example", sub="alice", teams=["team-a"], roles=["operator"])
    )


DRAFT = {
    "reason": "soon",
    "draft": True,
    "changes": [
        {
            "action": "create",
            "kind": "instance",
            "data": {"service_name": "mine", "instance_id": "i", "host": "127.0.0.1", "port": 1},
        }
    ],
}


def test_a_draft_is_not_that_of_the_same_name_of_another_issuer(alice, stranger):
    identity = alice.call("POST", "/admin/changesets", DRAFT)[1]["content"]["changeset_id"]
    assert stranger.call("GET", "/admin/changesets")[1]["content"]["total"] == 0
    assert stranger.call("GET", f"/admin/changesets/{identity}")[0] == 404
    assert stranger.call("POST", f"/admin/changesets/{identity}/publish")[0] == 404


@pytest.mark.parametrize("withdrawn", ["left the team", "no operator", "disabled", "deleted"])
def test_a_withdrawn_operators_draft_is_not_published_at_its_time(withdrawn, mine):
    account = person("alice", "team-a", "operator")
    body = {**DRAFT, "publish_at": (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")}
    status, reply = caller(token_of(account)).call("POST", "/admin/changesets", body)
    assert status == 200, reply
    if withdrawn == "deleted":
        account.delete()
    elif withdrawn == "disabled":
        account.is_active = False
        account.save()
    else:
        account.groups.remove(team("team-a" if withdrawn == "left the team" else "operator"))
    ChangeSet.objects.update(publish_at=timezone.now() - timedelta(seconds=1))
    publish_due()
    assert ChangeSet.objects.get().state == "failed"
    assert not mine.instances.exists()


# Plugins that lead elsewhere


def doors(plugins: Any) -> list[tuple[str, str, Any]]:
    route = {**ROUTE_BODY, "service_name": "mine", "plugins": plugins}
    return [
        ("POST", "/admin/routes", route),
        ("PUT", "/admin/routes/{route}", {"plugins": plugins}),
        ("PUT", "/admin/services/mine/plugins/traffic_split", plugins["traffic_split"]),
        ("POST", "/admin/batch/routes", {"routes": [route]}),
        (
            "POST",
            "/admin/changesets",
            {"reason": "x", "changes": [{"action": "create", "kind": "route", "data": route}]},
        ),
        ("POST", "/admin/config", {"routes": [{**route, "name": "r"}]}),
        ("POST", "/admin/config", {"services": [{"name": "mine", "plugins": plugins}]}),
    ]


@pytest.mark.parametrize("door", range(7))
def test_no_plugin_leads_to_a_service_of_another_team(door, alice, mine):
    row = make_route("/mine/*", service=mine, target_url="/*")
    before = current_revision()
    answers = []
    for name in (f"{MARK}-service", f"{ABSENT}-service"):
        method, path, body = doors(split_to(name))[door]
        status, reply = alice.call(method, path.replace("{route}", str(row.pk)), body)
        answers.append((status, told(reply, name)))
    assert answers[0] == answers[1]
    assert answers[0][0] in (400, 200)
    assert current_revision() == before


# History


def test_a_reason_is_for_those_who_see_all_that_a_revision_changed(alice, admin, mine, zebra):
    with change("root", reason=f"because of {MARK}") as both:
        make_route("/mine/*", service=mine, target_url="/*")
        make_route(f"/{MARK}/*", service=zebra, target_url="/*")
    with change("root", reason="ours alone") as own:
        make_route("/mine2/*", service=mine, target_url="/*")
    listed = {one["number"]: one for one in alice.call("GET", "/admin/revisions")[1]["content"]["revisions"]}
    assert (listed[both.number]["reason"], listed[both.number]["total_changes"]) == ("", 1)
    assert listed[own.number]["reason"] == "ours alone"
    assert alice.call("GET", f"/admin/revisions/{both.number}")[1]["content"]["reason"] == ""
    assert admin.call("GET", f"/admin/revisions/{both.number}")[1]["content"]["reason"] == f"because of {MARK}"


def test_a_row_that_came_from_another_team_says_nothing_of_its_time_there(alice, mine, zebra):
    row = make_route(f"/{MARK}/*", service=zebra, target_url=f"/{MARK}/*", name="moving")
    with change() as moved:
        row.service = mine
        row.path_pattern = row.target_url = "/moved/*"
        row.save()
    text = str(alice.call("GET", f"/admin/revisions/{moved.number}")[1])
    text += str(alice.call("GET", f"/admin/revisions/{moved.number - 1}/diff/{moved.number}")[1])
    assert MARK not in text
    assert str(zebra.pk) not in text


def test_plugins_of_a_service_are_in_the_history_for_those_who_may_read_them(admin, mine):
    member = caller(token_of(person("member", "team-a")))
    operator = caller(token_of(person("olga", "team-a", "operator")))
    with change() as made:
        mine.plugins = {"cors": {"allow_origins": [f"https://{MARK}.example"]}}
        mine.save()
    path = f"/admin/revisions/{made.number}"
    assert MARK not in str(member.call("GET", path)[1])
    assert MARK in str(operator.call("GET", path)[1])
    assert MARK not in str(member.call("GET", "/admin/config")[1])
    assert MARK in str(operator.call("GET", "/admin/config")[1])


def test_a_restore_names_no_row_of_another_team(alice, mine, zebra):
    row = make_route("/shared/*", service=mine, target_url="/*")
    assert alice.call("DELETE", f"/admin/routes/{row.pk}")[0] == 200
    other = make_route("/shared/*", service=zebra, target_url="/*", name=f"{MARK}-route")
    status, reply = alice.call("POST", f"/admin/routes/{row.pk}/restore")
    assert status == 409
    assert str(other.pk) not in str(reply)
    assert MARK not in str(reply)


# Guessing


def test_a_team_cannot_be_guessed_by_giving_a_service_away(alice):
    answers = []
    for name in ("team-b", "team-q"):
        document = {"format": 1, "services": [{"name": "mine", "owner": name}]}
        status, reply = alice.call("POST", "/admin/config", document)
        answers.append((status, told(reply, name)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 400


def test_an_id_cannot_be_guessed_by_asking_for_it(alice, zebra, mine):
    hidden = make_route(f"/{MARK}/*", service=zebra, target_url="/*")
    answers = []
    for identity in (str(hidden.pk), str(uuid4())):
        route = {"id": identity, "service_name": "mine", "path_pattern": "/r/*", "method": "GET", "target_url": "/*"}
        status, reply = alice.call("POST", "/admin/config?dry_run=true", {"format": 1, "routes": [route]})
        answers.append((status, told(reply, identity)))
    assert answers[0] == answers[1]
    own = make_route("/mine/*", service=mine, target_url="/*")
    route = {"id": str(own.pk), "service_name": "mine", "path_pattern": "/r/*", "method": "GET", "target_url": "/*"}
    assert alice.call("POST", "/admin/config", {"format": 1, "routes": [route]})[0] == 200


def test_a_draft_tells_nothing_of_objects_of_a_team_one_has_left(zebra):
    account = person("bob", "team-b", "operator")
    client = caller(token_of(account))
    row = make_route(f"/{MARK}/*", service=zebra, target_url="/*")
    body = {
        "reason": "x",
        "draft": True,
        "changes": [{"action": "update", "kind": "route", "id": str(row.pk), "data": {"priority": 3}}],
    }
    identity = client.call("POST", "/admin/changesets", body)[1]["content"]["changeset_id"]
    account.groups.remove(team("team-b"))

    def seen() -> Any:
        return client.call("GET", f"/admin/changesets/{identity}")[1]["content"]["conflicts"]

    quiet = seen()
    row.priority = 9
    row.save()
    assert seen() == quiet


@pytest.fixture
def console(client: Any, mine: Service) -> Any:
    bob = person("bob", "team-a", "operator", is_staff=True)
    bob.user_permissions.set(DjangoPermission.objects.all())
    client.force_login(bob)
    return client


def test_the_consoles_history_cannot_be_searched_for_what_is_hidden(console, mine, zebra):
    with change("root", reason=f"because of {MARK}"):
        make_route("/mine/*", service=mine, target_url="/*")
        row = make_route(f"/{MARK}/*", service=zebra, target_url="/*")
    base = "/console/revisions/revision/"
    for query in (
        f"q={MARK}",
        f"items__object_id={row.pk}",
        f"items__kind=route&items__object_id={row.pk}",
        "q=because",
    ):
        page = console.get(f"{base}?{query}")
        if page.status_code == 200:
            assert page.context["cl"].result_count == 0, query
    assert "because of" not in console.get(base).content.decode()


@pytest.mark.parametrize(
    "plugins",
    [
        {"mirror": {"service": f"{MARK}-service"}},
        {"traffic_split": {"rules": [{"split": [{"service": f"{MARK}-service"}, {}]}]}},
        {"aggregate": {"parts": {"one": {"service": f"{MARK}-service", "path": "/"}}}},
    ],
    ids=lambda plugins: next(iter(plugins)),
)
def test_explanations_name_no_service_of_another_team(plugins, alice, mine, zebra, admin):
    """Not even where an administrator has bound a plugin that leads there."""
    with change():
        mine.plugins = plugins
        mine.save()
    make_instance(mine)
    make_instance(zebra, instance_id="z")
    make_route("/mine/*", service=mine, target_url="/*", requires_auth=False)
    asked = {"path": "/mine/1"}
    assert MARK in str(admin.call("POST", "/admin/explain", asked)[1])
    assert MARK not in str(alice.call("POST", "/admin/explain", asked)[1])


# Heavy reads


def test_the_past_is_read_one_question_at_a_time_and_not_from_too_far(alice, admin, mine, monkeypatch):
    monkeypatch.setattr(heavy_read, "MOST_CHANGES", 2)
    route = make_route("/mine/*", service=mine, target_url="/*")
    long_ago = current_revision()
    for priority in range(1, 4):
        assert alice.call("PUT", f"/admin/routes/{route.pk}", {"priority": priority})[0] == 200
    now = current_revision()
    for path in (f"/admin/routes?as_of={long_ago}", f"/admin/revisions/{long_ago}/diff/{now}"):
        assert alice.call("GET", path)[1]["code"] == "F40000"
        assert admin.call("GET", path)[0] == 200
    assert alice.call("POST", "/admin/explain", {"path": "/x", "as_of": long_ago})[1]["code"] == "F40000"
    near = (
        f"/admin/routes?as_of={now - 1}",
        f"/admin/routes/{route.pk}?as_of={now - 1}",
        f"/admin/revisions/{now - 1}/diff/{now}",
    )
    bob = caller(token_of(person("bob", "team-a")))
    with heavy_read.heavy_read(person("carol")), heavy_read.heavy_read(person("dave")):
        for path in near:
            assert bob.call("GET", path)[1]["code"] == "F42900"
            assert admin.call("GET", path)[0] == 200
        assert bob.call("GET", "/admin/routes")[0] == 200
    for path in near:
        assert bob.call("GET", path)[0] == 200


def test_a_restore_goes_no_further_back_than_a_read_and_waits_its_turn(alice, admin, mine, monkeypatch):
    """Neither to a revision that is named nor to the one before a deletion; nothing is stored of what is refused."""
    monkeypatch.setattr(heavy_read, "MOST_CHANGES", 3)
    kept, gone = (make_route(f"/mine/{name}", service=mine, target_url="/x") for name in ("kept", "gone"))
    long_ago = current_revision()
    assert alice.call("DELETE", f"/admin/routes/{gone.pk}")[0] == 200
    for priority in range(1, 4):
        assert alice.call("PUT", f"/admin/routes/{kept.pk}", {"priority": priority})[0] == 200
    far = (f"/admin/routes/{kept.pk}/restore?as_of={long_ago}", f"/admin/routes/{gone.pk}/restore")
    now = current_revision()
    for path in far:
        assert alice.call("POST", path)[1]["code"] == "F40000"
        assert alice.call("POST", f"{path}{'&' if '?' in path else '?'}dry_run=true")[1]["code"] == "F40000"
    near = f"/admin/routes/{kept.pk}/restore?as_of={now - 1}"
    with heavy_read.heavy_read(person("carol")), heavy_read.heavy_read(person("dave")):
        assert alice.call("POST", near)[1]["code"] == "F42900"
    assert current_revision() == now
    assert alice.call("POST", near)[0] == 200
    for path in far:
        assert admin.call("POST", path)[0] == 200
