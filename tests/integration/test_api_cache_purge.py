"""POST /admin/cache/purge (G-405)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway_project.rest import purging
from gateway_project.rest.purging import Purge, PurgeFailedError

pytestmark = pytest.mark.django_db

PATH = "/admin/cache/purge"
ROUTE = "4f4b1b0f-8037-4ecf-b080-8b848b85b0f2"


@pytest.fixture
def purged():
    """What the cache was asked to forget."""
    asked: list[Purge] = []

    def purge(what: Purge) -> int:
        asked.append(what)
        return 7

    purging.register(purge)
    yield asked
    purging.unregister()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"route_id": ROUTE.upper()}, Purge(route_id=ROUTE)),
        ({"path": "/a//b/%7E/*"}, Purge(path="/a/b/~/*")),
        ({"tag": "red"}, Purge(tag="red")),
        ({"all": True}, Purge()),
    ],
)
def test_g405_each_way_to_name_what_is_forgotten(admin, purged, body, wanted):
    status, reply = admin.call("POST", PATH, body)
    assert (status, reply) == (200, {"code": "S10000", "msg": "快取已清除。", "content": {"purged": 7}})
    assert purged == [wanted]


@pytest.mark.alike
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "request"),
        ({"tag": "a", "all": True}, "request"),
        ({"all": False}, "all"),
        ({"all": "true"}, "all"),
        ({"route_id": "1"}, "route_id"),
        ({"route_id": 1}, "route_id"),
        ({"path": "x"}, "path"),
        ({"path": "/x?y=1"}, "path"),
        ({"path": "/é"}, "path"),
        ({"path": ""}, "path"),
        ({"tag": ""}, "tag"),
        ({"tag": "x" * 129}, "tag"),
        ({"tag": None}, "tag"),
        ({"host": "h"}, "host"),
    ],
)
def test_g013_a_body_that_says_something_else_is_refused_by_field(admin, purged, body: Any, field: str):
    status, reply = admin.call("POST", PATH, body)
    assert (status, reply["code"]) == (400, "F40000")
    assert field in reply["content"]["errors"]
    assert not purged


def test_g013_a_body_that_is_no_object_is_refused(admin, purged):
    assert admin.call("POST", PATH, [])[1]["code"] == "F40000"
    assert not purged


def test_g011_administrators_only(member, anonymous, purged):
    assert member.call("POST", PATH, {"all": True})[1]["code"] == "F40003"
    assert anonymous.call("POST", PATH, {"all": True})[1]["code"] == "F40001"
    assert not purged


def test_a_cache_that_cannot_be_reached_is_said_to_be(admin):
    def fail(what: Purge) -> int:
        raise PurgeFailedError("gone")

    purging.register(fail)
    try:
        status, reply = admin.call("POST", PATH, {"all": True})
    finally:
        purging.unregister()
    assert (status, reply["code"]) == (503, "F50300")


def test_in_a_process_without_traffic_there_is_nothing_to_forget(admin):
    assert admin.call("POST", PATH, {"all": True})[1]["content"] == {"purged": 0}


def test_only_post_is_understood(admin):
    assert admin.call("GET", PATH)[1]["code"] == "F40500"


def test_it_is_in_the_document_with_its_errors(anonymous):
    _status, document = anonymous.call("GET", "/openapi.json")
    operation = document["paths"][PATH]["post"]
    assert operation["operationId"] == "purgeCache"
    assert {"200", "400", "401", "403", "503"} <= set(operation["responses"])
