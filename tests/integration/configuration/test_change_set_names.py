"""Names in a change set: those that its own earlier changes gave count; a service is given to a team (G-501)."""

from __future__ import annotations

from typing import Any

import pytest

from permissions.models import Role
from services.models import Service
from tests.common.factories import make_instance, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller
from tests.integration.configuration.test_change_sets import a_set, change

pytestmark = pytest.mark.django_db


def publish(who: Caller, *changes: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return who.call("POST", "/admin/changesets", a_set(*changes), **{"Accept-Language": "en"})


def renamed(old: str, **data: Any) -> dict[str, Any]:
    return {"action": "update", "kind": "role", "name": old, "data": data}


@pytest.fixture
def two(db: None) -> list[int]:
    return [Role.objects.create(name=name).pk for name in ("one", "two")]


def test_g501_a_later_change_uses_the_name_that_an_earlier_one_gave(admin, two):
    status, reply = publish(admin, renamed("one", name="uno"), renamed("uno", description="renamed"))
    assert status == 200, reply
    assert [one["name"] for one in reply["content"]["results"]] == ["uno", "uno"]
    assert Role.objects.get(pk=two[0]).description == "renamed"


def test_g501_two_names_change_places(admin, two):
    status, reply = publish(admin, renamed("one", name="x"), renamed("two", name="one"), renamed("x", name="two"))
    assert status == 200, reply
    assert dict(Role.objects.filter(pk__in=two).values_list("pk", "name")) == {two[0]: "two", two[1]: "one"}


def test_g501_the_name_of_before_is_gone_and_the_id_stays(admin, two):
    status, reply = publish(admin, renamed("one", name="uno"), renamed("one", description="lost"))
    assert (status, reply["content"]["errors"][0]["code"]) == (400, "F40400")
    by_id = {"action": "update", "kind": "role", "id": str(two[0]), "data": {"description": "kept"}}
    assert publish(admin, renamed("one", name="uno"), by_id)[0] == 200
    assert Role.objects.get(pk=two[0]).description == "kept"


def test_g501_a_batch_names_objects_as_they_were_before_it(admin):
    first, second = (make_instance("orders", instance_id=name) for name in ("a", "b"))
    body = {"services": [{"id": "orders/a", "weight": 1}, {"id": "orders/b", "weight": 2}]}
    assert admin.call("PUT", "/admin/batch/services", body)[0] == 200
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.weight, second.weight) == (1, 2)


def test_g501_a_change_set_gives_a_service_to_a_team_and_takes_it_back(admin):
    team("shop")
    assert (
        publish(admin, {"action": "create", "kind": "service", "data": {"name": "orders", "owner": "shop"}})[0] == 200
    )
    assert Service.objects.get().owner == team("shop")
    status, reply = publish(admin, change("update", "service", "orders", owner=None))
    assert (status, reply["content"]["results"][0]["updated_fields"]) == (200, ["owner"])
    assert Service.objects.get().owner is None


@pytest.mark.parametrize("owner", ["nobody", "operator", "", 5, ["shop"], {}, "\u0661", "x" * 300])
def test_g013_an_owner_that_is_no_team_is_named(admin, owner):
    make_service("orders")
    person("o", "operator")
    status, reply = publish(admin, change("update", "service", "orders", owner=owner))
    assert (status, list(reply["content"]["errors"][0]["errors"])) == (400, ["owner"])


def test_g011_an_operator_gives_no_service_away_and_learns_of_no_team(db):
    make_service("orders", owner=team("shop"))
    team("zebra")
    operator = caller(token_of(person("o", "shop", "operator")))
    for owner in ("zebra", "no such team", None, 5):
        status, reply = publish(operator, change("update", "service", "orders", owner=owner))
        assert (status, reply["content"]["errors"][0]["code"]) == (400, "F40003")
    kept = change("update", "service", "orders", owner="shop", slow_start_seconds=3.0)
    assert publish(operator, kept)[0] == 200
    assert Service.objects.get().owner == team("shop")


def test_g501_a_draft_sees_that_its_service_has_another_owner(admin):
    make_service("orders")
    draft = a_set(change("update", "service", "orders", slow_start_seconds=3.0), draft=True)
    identity = admin.call("POST", "/admin/changesets", draft)[1]["content"]["changeset_id"]
    team("shop")
    admin.call("PUT", "/admin/services/orders/owner", {"owner": "shop"})
    status, reply = admin.call("POST", f"/admin/changesets/{identity}/publish")
    assert (status, reply["content"]["conflicts"][0]["problem"]) == (409, "changed")
