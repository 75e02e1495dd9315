"""GET /admin/traffic/tail: who may watch what, and how many. The traffic itself is in tests/functional."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from gateway_project.rest.errors import Forbidden
from gateway_project.traffic.sight import watched_now
from proxy.traffic import feed
from proxy.traffic.wanted import Wanted
from tests.common.access_tokens import access
from tests.common.factories import make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db

TAIL = "/admin/traffic/tail"


class Source:
    """A feed in place of a node's, and what its workers were asked for."""

    def __init__(self, most: int = 1) -> None:
        self.asked: list[Sequence[Wanted]] = []
        self.feed = feed.Feed(self.asked.append, most)


@pytest.fixture
def source() -> Iterator[Source]:
    source = Source()
    feed.register(source.feed)
    yield source
    feed.unregister()


@pytest.fixture
def root() -> Caller:
    return caller(access("ops", permissions=["gateway.admin"]))


@pytest.fixture
def alice() -> Any:
    make_service("nobodys")
    make_service("theirs", owner=team("team-b"))
    make_service("ours", owner=team("team-a"))
    return person("alice", "team-a")


def test_an_administrator_watches_everything(source: Source, root: Caller):
    answer = root.get(f"{TAIL}?route=people&status=5xx&slow=250&user=u1&service=ours&seconds=60")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "text/event-stream",
        "no-store",
    )
    assert list(source.asked[0]) == [Wanted(1, "people", "ours", "5xx", "u1", 250.0, None)]
    answer.close()
    assert list(source.asked[-1]) == []


def test_g010_a_team_watches_the_services_it_owns_and_not_those_that_belong_to_nobody(source: Source, alice: Any):
    caller(token_of(alice)).get(TAIL).close()
    assert source.asked[0][0].services == {"ours"}


def test_g010_who_is_in_no_team_with_a_service_watches_nothing(source: Source, alice: Any):
    answer = caller(access("somebody")).get(TAIL)
    assert (answer.status_code, answer.json()["code"]) == (403, "F40003")
    assert APIClient().get(TAIL).json()["code"] == "F40001"
    assert source.asked == []


def test_who_leaves_a_team_sees_its_traffic_no_longer(alice: Any):
    request = Request(APIRequestFactory().get(TAIL, headers={"Authorization": f"Bearer {token_of(alice)}"}))
    request._request.session = APIClient().session  # type: ignore[attr-defined]
    assert watched_now(request) == {"ours"}
    alice.groups.set([team("team-b")])
    assert watched_now(request) == {"theirs"}
    alice.groups.clear()
    with pytest.raises(Forbidden):
        watched_now(request)


def test_no_more_may_watch_than_there_are_places(source: Source, root: Caller):
    held = root.get(TAIL)
    answer = root.get(TAIL)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (429, "F42900", "10")
    held.close()
    assert list(source.asked[-1]) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("route=", "route"),
        (f"user={'u' * 256}", "user"),
        ("status=6xx", "status"),
        ("status=50", "status"),
        ("slow=-1", "slow"),
        ("slow=1.5", "slow"),
        ("seconds=86401", "seconds"),
        ("colour=red", "colour"),
    ],
)
def test_g013_a_parameter_that_is_wrong_is_named(query: str, name: str, source: Source, root: Caller):
    answer = root.get(f"{TAIL}?{query}")
    assert (answer.status_code, list(answer.json()["content"]["errors"])) == (400, [name])
    assert source.asked == []


def test_a_process_without_traffic_says_so(root: Caller):
    answer = root.get(TAIL)
    assert (answer.status_code, answer.json()["code"]) == (503, "F50300")
