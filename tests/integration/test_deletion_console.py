"""What a deletion would do is told first; it can be kept in a change set, and has a way back (G-501, G-160)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from configuration.models import ChangeSet
from permissions.models import Role
from revisions.current import current_revision
from routing.models import Route
from services.models import Service, ServiceInstance
from tests.common.factories import make_hour, make_instance, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
ROUTES = "/console/routing/route/"
DELETED = f"{ROUTES}deleted/"


@pytest.fixture
def console(client, admin_user):
    client.force_login(admin_user)
    return client


def delete_page(row: Any) -> str:
    return f"/console/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/delete/"


def live() -> list[str]:
    return sorted(Route.objects.live().values_list("path_pattern", flat=True))


def test_g501_the_page_that_asks_tells_whose_requests_would_go_elsewhere(console):
    make_instance("orders")
    make_route("/shop/*", service="orders", target_url="/*", name="general")
    special = make_route("/shop/special/*", service="orders", target_url="/*", name="special")
    make_hour(service="orders", route="special", requests=7)
    before = current_revision()
    page = console.get(delete_page(special), headers=ENGLISH)
    preview = page.context["preview"]
    assert [(one["kind"], one["action"]) for one in preview["changes"]] == [("route", "delete")]
    assert [(one["name"], one["requests"], one["to"]["name"]) for one in preview["moved"]] == [
        ("special", 7, "general")
    ]
    assert "What deleting would do" in page.content.decode()
    assert (live(), current_revision()) == (["/shop/*", "/shop/special/*"], before)


def test_an_instance_that_is_the_last_of_its_service_leaves_a_route_without_one(console):
    instance = make_instance("orders")
    make_route("/shop/*", service="orders", target_url="/*", name="general")
    preview = console.get(delete_page(instance)).context["preview"]
    assert [(one["kind"], one["name"]) for one in preview["conflicts"]] == [("route_without_instances", "general")]
    assert ServiceInstance.objects.exists()


def test_g501_several_are_told_of_before_they_are_deleted_too(console):
    one, two = make_route("/a"), make_route("/b")
    chosen = {"action": "delete_selected", "_selected_action": [str(one.pk), str(two.pk)]}
    preview = console.post(ROUTES, chosen).context["preview"]
    assert [(row["kind"], row["action"]) for row in preview["changes"]] == [("route", "delete")] * 2
    assert live() == ["/a", "/b"]
    assert console.post(ROUTES, chosen | {"post": "yes"}).status_code == 302
    assert live() == []


@pytest.mark.parametrize("several", [False, True])
def test_a_deletion_is_kept_in_a_change_set_and_made_when_that_is_published(console, several):
    route = make_route("/a", name="a")
    many = {"action": "delete_selected", "_selected_action": [str(route.pk)]} if several else {}
    address = ROUTES if several else delete_page(route)
    refused = console.post(address, many | {"post": "yes", "_keep": ""}, headers=ENGLISH)
    assert refused.context["draft"].errors["reason"] == ["Say why: it is what the history will show."]
    assert refused.context["preview"]["changes"]
    kept = console.post(address, many | {"post": "yes", "_keep": "", "draft-reason": "not needed"})
    row = ChangeSet.objects.get()
    assert kept.url == f"/console/configuration/changeset/{row.pk}/change/"
    assert row.changes == [{"action": "delete", "kind": "route", "id": str(route.pk)}]
    assert live() == ["/a"]
    console.post(kept.url, {"_publish": "", "_seen": row.updated_at.isoformat(), "reason": row.reason})
    assert live() == []


def test_a_service_is_deleted_by_a_set_with_what_is_its_own(console):
    instance = make_instance("orders")
    console.post(delete_page(instance.service), {"post": "yes", "_keep": "", "draft-reason": "gone"})
    assert ChangeSet.objects.get().changes == [{"action": "delete", "kind": "service", "id": str(instance.service_id)}]
    assert Service.objects.exists()


def test_what_is_in_use_or_another_teams_is_told_nothing_of(client, admin_user):
    route = make_route("/a", service=make_service("theirs", owner=team("team-b")))
    client.force_login(admin_user)
    page = client.get(delete_page(route.service))
    assert (page.context["protected"] != [], page.context.get("preview")) == (True, None)
    client.force_login(person("oscar", "team-a", "operator", is_staff=True))
    for posted in ({}, {"post": "yes", "_keep": "", "draft-reason": "x"}):
        client.post(delete_page(route), posted)
    assert client.get(delete_page(route)).status_code == 302
    chosen = {"action": "delete_selected", "_selected_action": [str(route.pk)], "post": "yes", "_keep": ""}
    client.post(ROUTES, chosen | {"draft-reason": "x"})
    assert (live(), ChangeSet.objects.count()) == (["/a"], 0)


def test_a_viewer_keeps_no_deletion(client):
    route = make_route("/a", service=make_service("own", owner=team("team-a")))
    client.force_login(person("victor", "team-a", "viewer", is_staff=True))
    assert client.post(delete_page(route), {"post": "yes", "_keep": "", "draft-reason": "x"}).status_code == 403
    assert (live(), ChangeSet.objects.count()) == (["/a"], 0)


def test_a_role_is_deleted_with_its_effects_told(console):
    role = Role.objects.create(name="editor-of-tests")
    preview = console.get(delete_page(role)).context["preview"]
    assert [(one["kind"], one["action"]) for one in preview["changes"]] == [("role", "delete")]


def test_g160_what_was_deleted_is_listed_beside_its_list_with_the_way_back(console):
    gone = make_route("/gone", name="gone")
    back = make_route("/back", name="back")
    for route in (gone, back):
        console.post(delete_page(route), {"post": "yes"})
    assert DELETED in console.get(ROUTES).content.decode()
    listed = console.get(DELETED, headers=ENGLISH).context["rows"]
    assert [one["name"] for one in listed] == ["back", "gone"]
    assert [one["name"] for one in console.get(f"{DELETED}?q=gon").context["rows"]] == ["gone"]
    shown = console.get(listed[0]["restore"])
    assert shown.context["preview"]["changes"]
    console.post(listed[0]["restore"])
    assert live() == ["/back"]
    assert [one["name"] for one in console.get(DELETED).context["rows"]] == ["gone"]
    console.post(delete_page(back), {"post": "yes"})
    assert [one["name"] for one in console.get(DELETED).context["rows"]] == ["back", "gone"]


def test_g160_a_deleted_service_comes_back_with_its_instances(console):
    instance = make_instance("orders")
    console.post(delete_page(instance.service), {"post": "yes"})
    (one,) = console.get("/console/services/service/deleted/").context["rows"]
    assert (one["name"], one["by"]) == ("orders", "admin")
    console.post(one["restore"])
    assert ServiceInstance.objects.get().service.name == "orders"


def test_the_empty_list_of_deleted_ones_teaches(console):
    assert "as long as the history is kept" in console.get(DELETED, headers=ENGLISH).content.decode()
    assert "has such a name" in console.get(f"{DELETED}?q=x%00", headers=ENGLISH).content.decode()


def test_deleted_ones_of_another_team_are_listed_to_nobody_else(client, admin_user):
    theirs = make_route("/zebra", name="zebra", service=make_service("theirs", owner=team("team-b")))
    own = make_route("/own", name="own", service=make_service("own", owner=team("team-a")))
    client.force_login(admin_user)
    for route in (theirs, own):
        client.post(delete_page(route), {"post": "yes"}, follow=True)
    client.force_login(person("oscar", "team-a", "operator", is_staff=True))
    page = client.get(DELETED)
    assert [(one["name"], bool(one["restore"])) for one in page.context["rows"]] == [("own", True)]
    assert "zebra" not in page.content.decode()
    client.force_login(person("victor", "team-a", "viewer", is_staff=True))
    assert [(one["name"], bool(one["restore"])) for one in client.get(DELETED).context["rows"]] == [("own", False)]
    client.force_login(person("nora", is_staff=True))
    assert client.get(DELETED).status_code == 403


def test_the_list_of_deleted_ones_takes_as_many_queries_for_many_as_for_one(console):
    def deleted(count: int) -> int:
        for _one in range(count):
            make_route().mark_deleted()
        with CaptureQueriesContext(connection) as captured:
            console.get(DELETED)
        return len(captured)

    deleted(1)
    assert deleted(1) == deleted(12)
