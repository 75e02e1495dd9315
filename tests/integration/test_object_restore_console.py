"""One object put back from the page of a revision (G-500)."""

from __future__ import annotations

import pytest

from revisions.current import current_revision
from revisions.models import Revision
from routing.models import Route
from tests.common.factories import make_permission, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
LIST = "/console/revisions/revision/"


@pytest.fixture
def console(client, admin_user):
    client.force_login(admin_user)
    return client


def change_limit(route: Route, limit: int) -> int:
    """The revision that did it."""
    Route.objects.filter(pk=route.pk).update(rate_limit_rpm=limit)
    return current_revision()


def page_of(number: int, route: Route) -> str:
    return f"{LIST}{number}/object/route/{route.pk}/"


def test_g500_a_change_is_shown_and_taken_back_while_others_stay(console, admin_user):
    route, other = make_route("/a", rate_limit_rpm=100), make_route("/b", rate_limit_rpm=100)
    number = change_limit(route, 50)
    change_limit(other, 60)
    address = page_of(number, route)
    assert address in console.get(f"{LIST}{number}/change/").content.decode()
    page = console.get(address)
    assert page.context["preview"]["changes"][0]["sides"]["rate_limit_rpm"] == {
        "before_shown": "50",
        "after_shown": "100",
    }
    assert current_revision() == number + 1
    assert console.post(address).status_code == 302
    limits = dict(Route.objects.values_list("path_pattern", "rate_limit_rpm"))
    assert limits == {"/a": 100, "/b": 60}
    newest = Revision.objects.first()
    assert (newest.actor, newest.reason) == (
        admin_user.username,
        f"restore of route GET /a as of {number - 1}: console",
    )


def test_g500_a_deleted_route_comes_back_with_its_permissions(console):
    route = make_route("/a", required_permissions=["user.read"])
    console.post(f"/console/routing/route/{route.pk}/delete/", {"post": "yes"})
    number = current_revision()
    assert not Route.objects.live().exists()
    assert console.post(page_of(number, route)).status_code == 302
    assert Route.objects.live().get().permission_codes == ["user.read"]


def test_g500_what_stands_in_the_way_is_said(console):
    route = make_route("/a")
    console.post(f"/console/routing/route/{route.pk}/delete/", {"post": "yes"})
    number = current_revision()
    make_route("/a", service=route.service)
    for answer in (console.get(page_of(number, route), follow=True), console.post(page_of(number, route), follow=True)):
        assert list(answer.context["messages"])[-1].level_tag == "error"
    assert Route.objects.live().count() == 1


def test_what_is_made_what_is_unknown_and_what_is_not_restored_alone_has_no_such_page(console):
    route = make_route("/a", required_permissions=["user.read"])
    made = current_revision()
    for address in (
        page_of(made, route),
        page_of(999999, route),
        f"{LIST}{made}/object/nonsense/x/",
        f"{LIST}{made}/object/route/%00/",
    ):
        assert console.get(address).status_code == 404
    assert "/object/" not in console.get(f"{LIST}{made}/change/").content.decode()


def test_a_member_of_a_team_restores_his_own_and_sees_no_other(client):
    own = make_route("/a", service=make_service("own", owner=team("team-a")), rate_limit_rpm=100)
    theirs = make_route("/b", service=make_service("theirs", owner=team("team-b")), rate_limit_rpm=100)
    mine, hidden = change_limit(own, 50), change_limit(theirs, 50)
    client.force_login(person("alice", "team-a", "operator", is_staff=True))
    assert client.post(page_of(hidden, theirs)).status_code == 404
    assert client.post(page_of(mine, own)).status_code == 302
    assert dict(Route.objects.values_list("path_pattern", "rate_limit_rpm")) == {"/a": 100, "/b": 50}


def test_a_viewer_and_who_is_no_administrator_restore_nothing(client):
    route = make_route("/a", service=make_service("own", owner=team("team-a")), rate_limit_rpm=100)
    number = change_limit(route, 50)
    permission = make_permission("x.read")
    permission.delete()
    client.force_login(person("victor", "team-a", "viewer", is_staff=True))
    assert client.post(page_of(number, route)).status_code == 403
    client.force_login(person("oscar", "team-a", "operator", is_staff=True))
    assert client.post(f"{LIST}{current_revision()}/object/permission/{permission.pk}/").status_code in (403, 404)
    route.refresh_from_db()
    assert route.rate_limit_rpm == 50
