"""What feeds the console's plots and the page of a service: of whose services, for whom, at what cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gateway_project.console.live import figures as live
from gateway_project.console.live import history as past
from gateway_project.rest import figures
from gateway_project.rest.figures import Moment
from proxy.metering.series import key
from proxy.metering.service_sums import FIELDS
from proxy.rollup.ended_hours import EndedHours
from routing.models import Route
from services.models import Service
from tests.common.factories import make_hour, make_instance, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db

FIGURES, HISTORY = "/console/live/figures/", "/console/live/history/"
ENGLISH = {"accept-language": "en"}


class Node:
    """A source of figures as a node's control process registers it."""

    asked = 0

    def by_service(self) -> dict[str, list[float]]:
        self.asked += 1
        width = len(FIELDS) + len(live.DURATION_BOUNDS) + 1
        return {key("service", name): [value] * width for name, value in (("ours", 1.0), ("theirs", 10.0), ("", 100.0))}

    def now(self) -> Moment:
        raise AssertionError("nothing here needs every counter")

    def gauges(self) -> dict[str, float]:
        return {
            key("config_problems"): 2.0,
            key("target_healthy", "ours", "ours-1"): 1.0,
            key("target_healthy", "theirs", "theirs-1"): 0.0,
            key("circuit_state", "ours", ""): 0.0,
            key("circuit_state", "theirs", "theirs-1"): 2.0,
        }

    def unwritten(self) -> None:
        return None


@pytest.fixture(autouse=True)
def _nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours that another test has read are not those of this one's rows."""
    monkeypatch.setattr(past, "ended", EndedHours())


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    figures.register(node)
    yield node
    figures.unregister()


@pytest.fixture
def alice(client: Client) -> Any:
    """A viewer of team A, whose service is `ours`; `theirs` is team B's."""
    for name, owner in (("ours", "team-a"), ("theirs", "team-b")):
        make_route(f"/{name}", service=make_service(name, owner=team(owner)), name=name)
        make_instance(Service.objects.get(name=name), instance_id=f"{name}-1")
        make_hour(service=name, route=name, requests=7 if name == "ours" else 70)
    alice = person("alice", "team-a", "viewer", is_staff=True)
    client.force_login(alice)
    return alice


def test_an_administrator_is_told_of_everything_and_who_looks_at_once_costs_nothing_more(
    admin_client: Client, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "sums", live.Kept(3600.0, live._by_service))  # however slow this machine is
    for _look in range(5):
        told = admin_client.get(FIGURES).json()
    assert set(told["sums"]) == {111.0}
    assert node.asked == 1
    moment = told["moment"]
    assert (moment["healthy"], moment["instances"], moment["open"], moment["problems"]) == (1, 2, 1, 2)
    assert moment["breakers"] == [{"service": "theirs", "instance": "theirs-1", "state": "open"}]
    assert (moment["workers"], moment["behind"]) == (0, [])


def test_g010_figures_are_of_the_services_that_a_person_may_see(client: Client, alice: Any, node: Node) -> None:
    answer = client.get(FIGURES)
    told = answer.json()
    assert set(told["sums"]) == {1.0}
    assert told["moment"] == {"healthy": 1, "instances": 1, "open": 0, "breakers": []}
    assert b"theirs" not in answer.content


def test_g010_the_past_is_of_the_services_that_a_person_may_see(client: Client, alice: Any, admin_user: Any) -> None:
    seen = [point["requests"] for point in client.get(f"{HISTORY}day/").json()["points"]]
    assert (len(seen), sum(seen)) == (24, 7)
    client.force_login(admin_user)
    assert [client.get(f"{HISTORY}{span}/").json()["by"] for span in ("day", "week", "month")] == [
        "hour",
        "hour",
        "day",
    ]
    week = client.get(f"{HISTORY}week/").json()["points"]
    assert (len(week), sum(point["requests"] for point in week), week[0]["p95_ms"]) == (168, 77, None)
    assert client.get(f"{HISTORY}century/").status_code == 404


@pytest.mark.parametrize("path", [FIGURES, f"{HISTORY}day/"])
def test_who_may_not_see_routes_is_told_nothing(client: Client, path: str) -> None:
    assert client.get(path).status_code == 302
    client.force_login(person("looker", is_staff=True))
    assert client.get(path).status_code == 403


def test_a_process_without_traffic_has_figures_of_nothing(admin_client: Client) -> None:
    told = admin_client.get(FIGURES).json()
    assert (set(told["sums"]), told["moment"]["instances"]) == ({0.0}, 0)


def test_the_live_pages_cost_as_many_queries_for_many_routes_as_for_one(admin_client: Client, node: Node) -> None:
    def queries() -> dict[str, int]:
        found = {}
        for path in ("/console/", "/console/traffic/", FIGURES, f"{HISTORY}day/"):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert admin_client.get(path).status_code == 200
            found[path] = len(captured)
        return found

    service = make_service("many")
    make_route("/first", service=service)
    queries()  # hours that have ended are read once
    few = queries()
    routes = [
        Route(
            service=service, path_pattern=f"/r/{number}", target_url="/", methods=["GET"], duplicate_key=f"key {number}"
        )
        for number in range(500)
    ]
    Route.objects.bulk_create(routes)
    assert queries() == few
    assert max(few.values()) <= 15


def page_of(client: Client, name: str) -> str:
    service = Service.objects.get(name=name)
    return client.get(f"/console/services/service/{service.pk}/change/", headers=ENGLISH).content.decode()


def test_a_viewer_sees_the_instances_and_has_nothing_to_press(client: Client, alice: Any) -> None:
    page = page_of(client, "ours")
    assert 'data-state="/admin/services/ours/state"' in page
    assert "data-set=" not in page
    assert "data-break=" not in page


def test_an_operator_of_the_team_has_the_buttons_and_the_calls_behind_them_obey(client: Client, alice: Any) -> None:
    alice.groups.set([team("team-a"), team("operator")])
    page = page_of(client, "ours")
    assert all(f'data-{kind}="' in page for kind in ("set", "break"))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    row = Service.objects.get(name="ours").instances.get()
    body = {"status": "draining"}
    address = f"/admin/services/{row.pk}"
    assert strict.put(address, body, content_type="application/json").status_code == 403  # no token of a form
    token = str(strict.get(f"/console/services/service/{row.service_id}/change/").context["csrf_token"])
    answer = strict.put(address, body, content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 200
    row.refresh_from_db()
    assert row.status == "draining"


def test_the_list_of_services_says_how_many_instances_are_healthy_in_one_query_for_all(admin_client: Client) -> None:
    def page() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as captured:
            found = admin_client.get("/console/services/service/", headers=ENGLISH).content.decode()
        return found, len(captured)

    make_instance("well")
    page()
    _few, queries = page()
    for number in range(5):
        make_instance(make_service(f"service {number}"))
        make_instance(make_service(f"service {number}"), status="draining")
    make_service("empty")
    found, more = page()
    assert (found.count("1 / 2"), more) == (5, queries)
    assert "1 / 1" in found


def test_a_new_service_has_nothing_to_show_yet(admin_client: Client) -> None:
    assert "service.js" not in admin_client.get("/console/services/service/add/").content.decode()
