"""The picture of routes, services and instances: the busiest, and of what a person may see."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gateway_project.console.live.topology import MOST_ROUTES
from services.models import InstanceStatus, Service
from tests.common.factories import make_hour, make_instance, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db

PAGE = "/console/topology/"
ENGLISH = {"accept-language": "en"}


def picture(client: Client) -> Any:
    return client.get(PAGE, headers=ENGLISH).context["picture"]


def notes(client: Client) -> dict[str, tuple[str, str]]:
    return {box.leaf.title: (box.leaf.note, box.leaf.state) for box in picture(client).boxes}


def test_traffic_errors_and_health_are_in_the_picture(admin_client: Client) -> None:
    service = make_service("shop")
    make_route("/busy/*", service=service, name="busy")
    nameless = make_route("/failing/*", service=service)
    make_route("/quiet/*", service=service)
    make_route("/off/*", service=service, is_active=False)
    make_instance(service, instance_id="shop-1")
    make_instance(service, instance_id="shop-2", status=InstanceStatus.DRAINING)
    make_hour(service="shop", route="busy", requests=1000, errors=1)
    make_hour(service="shop", route=str(nameless.pk), requests=20, errors=10)
    make_hour(hours_ago=30, service="shop", route="busy", requests=5)
    assert notes(admin_client) == {
        "/busy/*": ("1000", "good"),
        "/failing/*": ("20", "bad"),
        "/quiet/*": ("", ""),
        "shop": ("", ""),
        "shop-1": ("healthy", "good"),
        "shop-2": ("draining", "warn"),
    }
    assert [line.state for line in picture(admin_client).lines] == ["good", "bad", "", "good", "warn"]


def test_g010_what_belongs_to_another_team_is_not_in_the_picture(client: Client) -> None:
    for name, owner in (("ours", "team-a"), ("zebra", "team-b")):
        service = make_service(name, owner=team(owner))
        make_route(f"/{name}", service=service, name=name)
        make_instance(service, instance_id=f"{name}-1")
        make_hour(service=name, route=name, requests=9)
    make_hour(service="zebra", route="ours", requests=100)  # a route of theirs that goes by the name of one of ours
    client.force_login(person("alice", "team-a", "viewer", is_staff=True))
    assert notes(client) == {"/ours": ("9", "good"), "ours": ("", ""), "ours-1": ("healthy", "good")}
    assert "zebra" not in client.get(PAGE).content.decode()


def test_the_busiest_forty_are_drawn_with_as_many_queries_for_many_as_for_few(admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(PAGE).status_code == 200
        return len(captured)

    make_route("/first", name="first")
    make_instance(Service.objects.get())
    make_hour(service=Service.objects.get().name, route="first", requests=1)
    queries()
    few = queries()
    for number in range(MOST_ROUTES + 20):
        make_route(f"/more/{number}", name=f"more {number}")
        make_hour(service=f"service {number}", route=f"more {number}", requests=number + 2)
    assert queries() == few
    drawn = [box.leaf.title for box in picture(admin_client).boxes if box.x == 0]
    assert sorted(drawn) == sorted(f"/more/{number}" for number in range(20, MOST_ROUTES + 20))


def test_where_there_is_nothing_the_page_says_what_it_would_show(admin_client: Client) -> None:
    page = admin_client.get(PAGE, headers=ENGLISH).content.decode()
    assert "Nothing to draw yet" in page
    assert "topology.js" not in page
