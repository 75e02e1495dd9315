"""Secrets in configurations of plugins: who is shown them, and how documents ask for them (G-500, G-502)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission

from permissions.models import Consumer
from revisions.change import change
from revisions.current import current_revision
from revisions.documents import MASK
from routing.models import GlobalPlugin
from services.models import Service
from tests.common.factories import make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db

SECRET = "Bearer-of-the-upstream-4711"
HEADERS = {"change_headers": {"request": {"set": {"X-Api-Key": SECRET, "X-Place": "here"}}}}


@pytest.fixture
def mine() -> Service:
    """What belongs to team A."""
    return make_service("mine", owner=team("team-a"))


@pytest.fixture
def alice(mine: Service) -> Caller:
    """An operator of team A."""
    return caller(token_of(person("alice", "team-a", "operator")))


@pytest.fixture
def keyed(mine: Service, admin: Caller) -> Any:
    """A route whose plugin holds a credential, as do its service, a consumer, and the plugin bound to everything."""
    with change():
        row = make_route("/mine/*", service=mine, target_url="/*", name="keyed", plugins=HEADERS)
        mine.plugins = HEADERS
        mine.save()
        Consumer.objects.create(name="shop", plugins=HEADERS)
        GlobalPlugin.objects.create(name="change_headers", config=HEADERS["change_headers"])
    return row


def test_secrets_of_plugins_are_in_no_history_no_export_no_draft_and_no_dry_run(keyed, admin):
    number = current_revision()
    asked = [admin.call("GET", f"/admin/revisions/{number}"), admin.call("GET", f"/admin/revisions/0/diff/{number}")]
    asked += [admin.call("GET", "/admin/config"), admin.call("GET", "/admin/config?with_hashes=true&ids=true")]
    changed = {"plugins": {"change_headers": {"request": {"set": {"X-Api-Key": SECRET + "2", "X-Place": "there"}}}}}
    asked.append(admin.call("PUT", f"/admin/routes/{keyed.pk}?dry_run=true", changed))
    changes = [{"action": "update", "kind": "route", "id": str(keyed.pk), "data": changed}]
    changes.append(
        {
            "action": "update",
            "kind": "global_plugin",
            "name": "change_headers",
            "data": {"config": HEADERS["change_headers"]},
        }
    )
    draft = admin.call("POST", "/admin/changesets", {"reason": "x", "draft": True, "changes": changes})
    assert draft[0] == 200, draft
    asked.append(admin.call("GET", f"/admin/changesets/{draft[1]['content']['changeset_id']}"))
    for status, reply in asked:
        assert status == 200, reply
        assert SECRET not in str(reply)
        assert "here" in str(reply)


def test_a_document_asks_for_the_secrets_of_plugins_and_keeps_them(keyed, admin):
    document = admin.call("GET", "/admin/config")[1]["content"]
    asked = document["routes"][0]["plugins"]["change_headers"]["request"]["set"]
    assert asked == {
        "X-Api-Key": "${GATEWAY_SECRET_ROUTE_KEYED_CHANGE_HEADERS_REQUEST_SET_X_API_KEY}",
        "X-Place": "here",
    }
    before = current_revision()
    reply = admin.call("POST", "/admin/config?prune=true", document)
    assert reply[0] == 200, reply
    assert (reply[1]["content"]["changes"], current_revision()) == ([], before)
    document["routes"][0]["priority"] = 9
    asked["X-Place"] = "there"
    document["plugins"][0]["config"]["request"]["set"]["X-Place"] = "there"
    document["consumers"][0]["plugins"]["change_headers"]["request"]["set"]["X-Place"] = "there"
    document["services"][0]["plugins"]["change_headers"]["request"]["set"]["X-Place"] = "there"
    status, reply = admin.call("POST", "/admin/config", document)
    assert status == 200, reply
    assert SECRET not in str(reply)
    keyed.refresh_from_db()
    kept = {"X-Api-Key": SECRET, "X-Place": "there"}
    assert (keyed.priority, keyed.plugins["change_headers"]["request"]["set"]) == (9, kept)
    assert GlobalPlugin.objects.get().config["request"]["set"] == kept
    assert Consumer.objects.get().plugins["change_headers"]["request"]["set"] == kept
    assert Service.objects.get(name="mine").plugins["change_headers"]["request"]["set"] == kept


def test_a_new_object_needs_the_secrets_it_asks_for(mine, admin):
    plugins = {"change_headers": {"request": {"set": {"X-Api-Key": "${NOWHERE}"}}}}
    route = {
        "name": "n",
        "service_name": "mine",
        "path_pattern": "/n/*",
        "method": "GET",
        "target_url": "/*",
        "plugins": plugins,
    }
    status, reply = admin.call("POST", "/admin/config", {"format": 1, "routes": [route]})
    assert status == 400
    assert "NOWHERE" in str(reply)
    del plugins["change_headers"]["request"]["set"]["X-Api-Key"]
    plugins["change_headers"]["request"]["set"]["X-Place"] = "${NOWHERE}"
    assert admin.call("POST", "/admin/config", {"format": 1, "routes": [route]})[0] == 400


def test_secrets_of_plugins_are_shown_to_those_alone_who_may_change_them(keyed, alice):
    member = caller(token_of(person("member", "team-a")))
    for path in (f"/admin/routes/{keyed.pk}", "/admin/routes"):
        assert SECRET in str(alice.call("GET", path)[1])
        hidden = str(member.call("GET", path)[1])
        assert SECRET not in hidden
        assert MASK in hidden


def test_a_mask_is_not_taken_for_a_secret(keyed, alice):
    sent = {"plugins": {"change_headers": {"request": {"set": {"X-Api-Key": MASK}}}}}
    status, reply = alice.call("PUT", f"/admin/routes/{keyed.pk}", sent)
    assert (status, reply["code"]) == (400, "F40000")
    keyed.refresh_from_db()
    assert keyed.plugins == HEADERS


def test_a_mistake_in_a_secret_does_not_repeat_it(keyed, alice):
    for value in (SECRET + "\n", SECRET * 100):
        sent = {"plugins": {"change_headers": {"request": {"set": {"X-Api-Key": value}}}}}
        status, reply = alice.call("PUT", f"/admin/routes/{keyed.pk}", sent)
        assert status == 400
        assert SECRET not in str(reply)


def test_a_viewer_of_the_console_sees_no_plugins(keyed, client):
    viewer = person("vera", "team-a", "viewer", is_staff=True)
    viewer.user_permissions.set(DjangoPermission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    for address in (f"/console/routing/route/{keyed.pk}/change/", "/console/routing/globalplugin/"):
        page = client.get(address)
        assert page.status_code == 200
        assert SECRET not in page.content.decode()
