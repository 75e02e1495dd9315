"""Several routes switched at once from their list."""

from __future__ import annotations

from typing import Any

import pytest

from revisions.current import current_revision
from routing.models import Route
from tests.common.factories import make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
LIST = "/console/routing/route/"


def act(client: Any, action: str, *routes: Route) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [str(one.pk) for one in routes]})


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
