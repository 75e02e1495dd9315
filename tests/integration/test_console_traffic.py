"""The console's page of live traffic: who opens it, and whom its stream shows what. The stream is in tests/browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from proxy.traffic import feed
from proxy.traffic.wanted import Wanted
from tests.common.factories import make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db

PAGE, EVENTS = "/console/traffic/", "/console/traffic/events/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def asked() -> Iterator[list[Sequence[Wanted]]]:
    """What the workers of a node were asked to show, over its feed."""
    asked: list[Sequence[Wanted]] = []
    feed.register(feed.Feed(asked.append, 2))
    yield asked
    feed.unregister()


@pytest.fixture
def alice(client: Client) -> Any:
    """A viewer of team A, whose service is `ours`; `theirs` is team B's."""
    make_route("/theirs", service=make_service("theirs", owner=team("team-b")), name="theirs")
    make_route("/ours", service=make_service("ours", owner=team("team-a")), name="ours")
    alice = person("alice", "team-a", "viewer", is_staff=True)
    client.force_login(alice)
    return alice


def test_whoever_is_not_logged_in_is_sent_to_the_login_or_refused(client: Client) -> None:
    assert client.get(PAGE).url.startswith("/console/login/")  # type: ignore[attr-defined]
    assert client.get(EVENTS).status_code in (401, 403)


@pytest.mark.parametrize("path", [PAGE, EVENTS, "/console/traffic/route/?name=x", "/console/traffic/service/?name=x"])
def test_staff_without_permission_to_see_routes_do_not_open_it(client: Client, path: str) -> None:
    client.force_login(person("looker", is_staff=True))
    assert client.get(path).status_code == 403


def test_the_stream_of_an_administrator_shows_everything_by_the_filters(
    admin_client: Client, asked: list[Sequence[Wanted]]
) -> None:
    assert admin_client.get(f"{EVENTS}?status=9xx").status_code == 400
    answer = admin_client.get(f"{EVENTS}?status=5xx&slow=250")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")
    assert list(asked[0]) == [Wanted(1, "", "", "5xx", "", 250.0, None)]
    answer.close()
    assert list(asked[-1]) == []


def test_g010_the_stream_of_a_member_shows_the_services_of_his_team(
    client: Client, alice: Any, asked: list[Sequence[Wanted]]
) -> None:
    client.get(EVENTS).close()
    assert asked[0][0].services == {"ours"}


def test_who_may_watch_nothing_is_told_why_and_no_script_asks(client: Client, asked: list[Sequence[Wanted]]) -> None:
    lone = person("lone", is_staff=True)
    lone.user_permissions.add(Permission.objects.get(codename="view_route"))
    client.force_login(lone)
    page = client.get(PAGE, headers=ENGLISH).content.decode()
    assert "no service belongs to a team of yours yet" in page
    assert "gateway/traffic.js" not in page
    assert client.get(EVENTS).status_code == 403
    assert asked == []


def test_a_process_without_traffic_says_so_on_the_page(admin_client: Client) -> None:
    assert "This process carries no traffic." in admin_client.get(PAGE, headers=ENGLISH).content.decode()


def test_a_record_leads_to_the_page_of_its_route_and_service(client: Client, alice: Any) -> None:
    route = make_route("/more", service=make_service("ours"), name="more")
    nameless = make_route("/nameless", service=make_service("ours"))
    for kind, name, page in (
        ("route", "more", f"/console/routing/route/{route.pk}/change/"),
        ("route", str(nameless.pk), f"/console/routing/route/{nameless.pk}/change/"),
        ("service", "ours", f"/console/services/service/{route.service_id}/change/"),
    ):
        assert client.get(f"/console/traffic/{kind}/", {"name": name}).url == page  # type: ignore[attr-defined]


def test_g010_what_another_team_has_is_looked_for_like_what_does_not_exist(client: Client, alice: Any) -> None:
    for kind, listed in (("route", "routing/route"), ("service", "services/service")):
        for name in ("theirs", "nowhere", "\0"):
            answer = client.get(f"/console/traffic/{kind}/", {"name": name})
            assert answer.url.startswith(f"/console/{listed}/?q=")  # type: ignore[attr-defined]
