"""Several rows changed at once from their list: shown first, then one change, or kept in a change set (G-501)."""

from __future__ import annotations

from typing import Any

import pytest

from configuration.models import ChangeSet
from revisions.current import current_revision
from routing.models import Route
from services.models import Service
from services.validators import MOST_LABELS
from tests.common.factories import make_hour, make_instance, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
LIST = "/console/routing/route/"
ENGLISH = {"accept-language": "en"}


def act(client: Any, action: str, *routes: Route, button: str = "_apply", **typed: str) -> Any:
    chosen = {"action": action, "_selected_action": [str(one.pk) for one in routes]}
    return client.post(LIST, {**chosen, button: "", **typed}, headers=ENGLISH)


def active() -> dict[str, bool]:
    return dict(Route.objects.values_list("path_pattern", "is_active"))


def test_selected_routes_are_switched_off_and_on_as_one_revision(client, admin_user):
    client.force_login(admin_user)
    one, two, three = (make_route(path) for path in ("/a", "/b", "/c"))
    before = current_revision()
    act(client, "disable", one, two)
    assert (active(), current_revision()) == ({"/a": False, "/b": False, "/c": True}, before + 1)
    act(client, "enable", one, three)
    assert (active(), current_revision()) == ({"/a": True, "/b": False, "/c": True}, before + 2)
    act(client, "enable", one, three)
    assert current_revision() == before + 2


def test_routes_of_another_team_and_of_who_only_looks_stay_as_they_are(client):
    own = make_route("/a", service=make_service("own", owner=team("team-a")))
    theirs = make_route("/b", service=make_service("theirs", owner=team("team-b")))
    shared = make_route("/c", service=make_service("everybodys"))
    client.force_login(person("victor", "team-a", "viewer", is_staff=True))
    act(client, "disable", own)
    assert 'value="disable"' not in client.get(LIST).content.decode()
    client.force_login(person("oscar", "team-a", "operator", is_staff=True))
    assert act(client, "disable", own, shared).status_code == 403
    assert all(active().values())
    act(client, "disable", own, theirs)
    assert active() == {"/a": False, "/b": True, "/c": True}


def test_the_list_leads_to_the_page_that_finds_the_route_of_a_path(client, admin_user):
    client.force_login(admin_user)
    assert f"{LIST}find/" in client.get(LIST).content.decode()
    assert client.get(f"{LIST}find/").url == "/console/explain/"


def test_g501_an_action_tells_first_what_it_would_do_and_does_nothing(client, admin_user):
    client.force_login(admin_user)
    make_instance("orders")
    special = make_route("/shop/special/*", service="orders", target_url="/*", name="special")
    general = make_route("/shop/*", service="orders", target_url="/*", name="general")
    make_hour(service="orders", route="special", requests=7)
    before = current_revision()
    page = act(client, "disable", special, button="index")
    preview = page.context["preview"]
    assert (page.context["rows"], page.context["title"]) == (["special"], "Switch the selected routes off")
    assert [(one["name"], one["requests"], one["to"]["name"]) for one in preview["moved"]] == [
        ("special", 7, "general")
    ]
    assert list(page.context["messages"]) == []
    assert (active()[special.path_pattern], active()[general.path_pattern], current_revision()) == (True, True, before)


def test_an_action_is_kept_in_a_change_set_instead(client, admin_user):
    client.force_login(admin_user)
    one, two = make_route("/a"), make_route("/b")
    refused = act(client, "disable", one, two, button="_keep")
    assert "reason" in refused.context["draft"].errors
    kept = act(client, "disable", one, two, button="_keep", **{"draft-reason": "maintenance"})
    row = ChangeSet.objects.get()
    assert kept.url == f"/console/configuration/changeset/{row.pk}/change/"
    assert {change["id"]: change["data"] for change in row.changes} == {
        str(route.pk): {"is_active": False} for route in (one, two)
    }
    assert all(active().values())


@pytest.mark.parametrize("kind", ["route", "service"])
def test_a_label_is_given_to_several_and_taken_from_them_as_one_revision_each(client, admin_user, kind):
    client.force_login(admin_user)
    routes = [make_route("/a", labels={"stage": "old"}), make_route("/b"), make_route("/c")]
    rows = routes[:2] if kind == "route" else [one.service for one in routes[:2]]
    address = LIST if kind == "route" else "/console/services/service/"
    model = Route if kind == "route" else Service
    chosen = {"_selected_action": [str(one.pk) for one in rows]}
    asking = client.post(address, {"action": "give_label", **chosen}, headers=ENGLISH)
    assert (asking.context["preview"], asking.context["bulk_form"].errors) == (None, {})
    typed = {"action": "give_label", "key": "team", "value": "shop", **chosen}
    before = current_revision()
    previewed = client.post(address, typed | {"_preview": ""}, headers=ENGLISH)
    assert len(previewed.context["preview"]["changes"]) == 2
    assert (previewed.context["bulk_form"]["value"].value(), current_revision()) == ("shop", before)
    client.post(address, typed | {"_apply": ""})
    labelled = {str(one.pk): one.labels for one in model.objects.filter(labels__team="shop")}
    assert set(labelled) == {str(one.pk) for one in rows}
    assert kind == "service" or labelled[str(rows[0].pk)] == {"stage": "old", "team": "shop"}
    client.post(address, {"action": "take_label", "key": "team", "_apply": "", **chosen})
    assert not model.objects.filter(labels__team="shop").exists()
    assert current_revision() == before + 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"key": "", "value": "x"}, "key"),
        ({"key": "team", "value": ""}, "value"),
        ({"key": "a b", "value": "x"}, "__all__"),
        ({"key": "team", "value": "x" * 300}, "__all__"),
    ],
)
def test_a_label_that_cannot_be_is_refused_at_its_field_and_keeps_what_was_typed(client, admin_user, typed, field):
    client.force_login(admin_user)
    route = make_route("/a")
    page = act(client, "give_label", route, **typed)
    assert field in page.context["bulk_form"].errors
    assert page.context["bulk_form"]["value"].value() == typed["value"]
    assert Route.objects.get().labels == {}


def test_a_label_too_many_is_told_with_the_row(client, admin_user):
    client.force_login(admin_user)
    route = make_route("/a", name="full", labels={f"k{number}": "x" for number in range(MOST_LABELS)})
    page = client.post(
        LIST,
        {"action": "give_label", "_selected_action": [str(route.pk)], "key": "one", "value": "more", "_apply": ""},
        headers=ENGLISH,
        follow=True,
    )
    told = [str(one) for one in page.context["messages"]]
    assert [text for text in told if "full" in text]
    assert len(Route.objects.get().labels) == MOST_LABELS


def test_labels_of_another_team_and_of_who_only_looks_stay_as_they_are(client):
    own = make_route("/a", service=make_service("own", owner=team("team-a")))
    theirs = make_route("/b", service=make_service("theirs", owner=team("team-b")))
    shared = make_route("/c", service=make_service("everybodys"))
    typed = {"key": "team", "value": "mine"}
    client.force_login(person("victor", "team-a", "viewer", is_staff=True))
    act(client, "give_label", own, **typed)
    client.force_login(person("oscar", "team-a", "operator", is_staff=True))
    assert act(client, "give_label", own, shared, **typed).status_code == 403
    assert act(client, "give_label", own, shared, button="_preview", **typed).status_code == 403
    act(client, "give_label", own, theirs, **typed)
    assert dict(Route.objects.values_list("path_pattern", "labels")) == {"/a": {"team": "mine"}, "/b": {}, "/c": {}}


def test_all_routes_of_a_list_are_chosen_at_once_and_what_is_filtered_out_stays(client, admin_user):
    client.force_login(admin_user)
    one, two = make_route("/a", name="kept"), make_route("/b", name="other")
    chosen = {"action": "disable", "_selected_action": [str(one.pk)], "select_across": "1"}
    page = client.post(f"{LIST}?q=other", chosen)
    assert page.context["rows"] == [str(two)]
    client.post(f"{LIST}?q=other", chosen | {"_apply": ""})
    assert active() == {"/a": True, "/b": False}
