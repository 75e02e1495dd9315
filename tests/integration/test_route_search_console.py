"""A request typed into the search of the routes' list finds the route that takes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.common.factories import make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
LIST = "/console/routing/route/"


@pytest.fixture
def routes() -> dict[str, Any]:
    """By name."""
    wide = make_route("/shop/*", target_url="/*", name="wide", methods=[])
    narrow = make_route("/shop/apples/*", target_url="/*", name="narrow", methods=["GET"], hosts=["a.example.com"])
    return {"wide": wide, "narrow": narrow}


def found(client: Any, text: str) -> Any:
    page = client.get(LIST, {"q": text}, headers={"accept-language": "en"})
    assert page.status_code == 200
    contexts = page.context if isinstance(page.context, list) else [page.context]
    return page.content.decode(), next((one["found"] for one in contexts if "found" in one), None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/shop/apples/7", "wide"),
        ("GET a.example.com/shop/apples/7", "narrow"),
        ("http://a.example.com/shop/apples/7?x=1", "narrow"),
        ("POST a.example.com/shop/apples/7", "wide"),
    ],
)
def test_it_is_the_route_that_the_traffic_would_come_to_with_the_reasons(admin_client, routes, text, name):
    page, told = found(admin_client, text)
    assert told["route"]["name"] == name
    assert told["route"]["address"].endswith(f"{routes[name].pk}/change/")
    assert "data-found" in page
    assert [check["mark"].tone for one in told["candidates"] if one["serves"] for check in one["checks"]].count(
        "bad"
    ) == 0


def test_where_none_takes_it_the_nearest_say_why(admin_client, routes):
    make_route("/only", methods=["PUT"])
    page, told = found(admin_client, "GET /only")
    assert told["route"] is None
    assert "comes to no route" in page
    assert "method is one of PUT" in page


def test_the_gateways_own_paths_and_what_is_no_request_are_told_apart(admin_client, routes):
    assert "is a path of the gateway's own" in found(admin_client, "/admin/routes")[0]
    page, told = found(admin_client, "apples")
    assert told is None
    assert "/shop/apples/*" in page


def test_the_list_below_is_searched_for_the_path(admin_client, routes):
    page, _told = found(admin_client, "GET /shop/apples/")
    assert "narrow" in page.partition("result_list")[2]


@pytest.mark.parametrize("text", ["/\x01", "/" + "a" * 9000, "GET /%", "/<script>zq()</script>", "x.y:99999/z"])
def test_odd_requests_are_told_as_they_are(admin_client, routes, text):
    page, _told = found(admin_client, text)
    assert "<script>zq()" not in page


def test_another_teams_route_is_not_told(client):
    make_route("/theirs/*", target_url="/*", service=make_service("theirs", owner=team("team-b")), name="theirs")
    client.force_login(person("viewer", "team-a", "viewer", is_staff=True))
    page, _told = found(client, "/theirs/1")
    assert "goes to a route of another team" in page
    assert "/theirs/*" not in page
