"""GET /admin/catalog/services: the services themselves, searched, ordered, in pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.common.factories import make_instance, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db

PATH = "/admin/catalog/services"


def listed(who: Caller, query: str = "") -> dict[str, Any]:
    status, reply = who.call("GET", PATH + query)
    assert (status, reply["code"]) == (200, "S10000"), reply
    content: dict[str, Any] = reply["content"]
    return content


def names(who: Caller, query: str = "") -> list[str]:
    return [one["name"] for one in listed(who, query)["services"]]


def refused(who: Caller, query: str) -> list[str]:
    status, reply = who.call("GET", PATH + query)
    assert (status, reply["code"]) == (400, "F40000"), reply
    return list(reply["content"]["errors"])


@pytest.fixture
def three(db: None) -> None:
    make_service("orders", labels={"stage": "production"}, owner=team("shop"))
    make_service("users", labels={"stage": "trial"}, rate_limit_rpm=60)
    make_service("Mailer", plugins={"request_id": {}})


def test_g210_a_service_is_listed_whole(admin, three):
    make_instance("users")
    (one,) = listed(admin, "?search=use")["services"]
    assert (one["name"], one["owner"], one["labels"], one["plugins"]) == ("users", None, {"stage": "trial"}, {})
    assert one["limits"]["rate_limit_rpm"] == 60
    assert {"circuit_breaker", "health", "load_balance", "connection", "slow_start_seconds"} <= one.keys()
    assert admin.call("GET", f"{PATH}/users")[1]["content"] == one
    assert admin.call("GET", f"{PATH}/{one['id']}")[1]["content"] == one


def test_g210_the_list_is_searched_filtered_ordered_and_in_pages(admin, three):
    assert sorted(names(admin)) == ["Mailer", "orders", "users"]
    assert names(admin, "?search=ER&ordering=name") == ["Mailer", "orders", "users"]
    assert names(admin, "?search=ma") == ["Mailer"]
    assert names(admin, "?ordering=-created_at") == ["Mailer", "users", "orders"]
    assert names(admin, "?label=stage&ordering=created_at") == ["orders", "users"]
    assert names(admin, "?label=stage=trial") == ["users"]
    assert names(admin, "?owner=shop") == ["orders"]
    page = listed(admin, "?size=2&page=2&ordering=created_at")
    assert (page["total"], [one["name"] for one in page["services"]]) == (3, ["Mailer"])


@pytest.mark.parametrize("query", ["page=0", "size=101", "ordering=owner", "colour=red", "search=%00"])
def test_g120_a_parameter_that_is_not_understood_is_named(admin, query):
    assert refused(admin, f"?{query}") == [query.partition("=")[0]]


@pytest.mark.parametrize("name", ["nobody", "%00", "550e8400-e29b-41d4-a716-446655440000", "x" * 300])
def test_g012_a_service_there_is_not_is_404(admin, name):
    assert admin.call("GET", f"{PATH}/{name}")[1]["code"] == "F40400"


def test_g500_the_list_can_be_read_as_of_a_revision(admin, three):
    admin.call("PUT", "/admin/services/users/policy", {"limits": {"rate_limit_rpm": 7}})
    revision = int(admin.call("GET", "/admin/revisions?size=1")[1]["content"]["revisions"][0]["number"])
    (before,) = listed(admin, f"?search=users&as_of={revision - 1}")["services"]
    (now,) = listed(admin, "?search=users")["services"]
    assert (before["limits"]["rate_limit_rpm"], now["limits"]["rate_limit_rpm"]) == (60, 7)


def test_g011_who_may_not_change_a_service_does_not_see_the_values_of_its_plugins(three):

    member, operator = (
        caller(token_of(person(name, "shop", *roles))) for name, *roles in (("m", "viewer"), ("o", "operator"))
    )
    assert listed(member, "?search=orders")["services"][0]["plugins"] is None
    assert listed(operator, "?search=orders")["services"][0]["plugins"] == {}
    assert listed(operator, "?search=mailer")["services"][0]["plugins"] is None
    stranger = caller(token_of(person("s", "other", "operator")))
    assert "orders" not in names(stranger)
    assert stranger.call("GET", f"{PATH}/orders")[1]["code"] == "F40400"


def test_g203_the_instances_of_a_service_are_searched_and_ordered(admin):
    for name, weight in (("blue-1", 10), ("green-1", 30), ("blue-2", 20)):
        make_instance("orders", instance_id=name, weight=weight)

    def instances(query: str) -> list[str]:
        found = admin.call("GET", f"/admin/services?service_name=orders&{query}")[1]["content"]
        assert (found["healthy_instances"], found["total_instances"]) == (3, len(found["instances"]))
        return [one["instance_id"] for one in found["instances"]]

    assert instances("search=BLUE") == ["blue-1", "blue-2"]
    assert instances("ordering=-weight") == ["green-1", "blue-2", "blue-1"]
    assert instances("ordering=instance_id&search=127.0.0") == ["blue-1", "blue-2", "green-1"]
    errors = admin.call("GET", "/admin/services?service_name=orders&ordering=port")[1]["content"]["errors"]
    assert list(errors) == ["ordering"]


def test_g120_rows_alike_in_the_order_asked_for_come_on_one_page_only(admin):
    for number in range(7):
        make_instance("orders", instance_id=f"i{number}", weight=5)
    pages = [
        admin.call("GET", f"/admin/services?service_name=orders&ordering=weight&size=2&page={page}")[1]["content"]
        for page in range(1, 5)
    ]
    seen = [one["id"] for page in pages for one in page["instances"]]
    assert seen == sorted(seen)
    assert len(set(seen)) == 7
