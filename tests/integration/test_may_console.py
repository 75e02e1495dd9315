"""What a user or a consumer may call, in the console (G-227)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from permissions.models import Consumer, Grant, Role
from tests.common.factories import make_permission, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
PAGE = "/console/may/"


@pytest.fixture
def routes():
    """One that needs a permission, one that needs two, one for who is known, one for everybody."""
    make_route("/one/*", target_url="/*", required_permissions=["a.read"])
    make_route("/two/*", target_url="/*", required_permissions=["a.read", "b.read"], permission_check_strategy="all")
    make_route("/known", requires_auth=True)
    make_route("/open", requires_auth=False)
    make_route("/off", is_active=False)


def lacks(client: Any, **asked: str) -> dict[str, list[str]]:
    page = client.get(PAGE, asked, headers={"accept-language": "en"})
    assert page.status_code == 200
    return {one["pattern"]: one["lacks"] for one in page.context["routes"]}


def test_g227_a_user_may_by_his_own_grants_and_those_of_the_roles_of_his_account(client, admin_user, routes):
    client.force_login(admin_user)
    Grant.objects.create(user="erin", permission=make_permission("a.read"))
    assert lacks(client, user="erin") == {"/known": [], "/one/*": [], "/open": [], "/two/*": ["b.read"]}
    person("erin", "readers")
    Grant.objects.create(role=Role.objects.create(name="readers"), permission=make_permission("b.read"))
    assert lacks(client, user="erin")["/two/*"] == []
    Grant.objects.filter(user="erin").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert lacks(client, user="erin")["/one/*"] == ["a.read"]


def test_g227_a_consumer_may_by_its_grants_and_its_page_leads_here(client, admin_user, routes):
    client.force_login(admin_user)
    till = Consumer.objects.create(name="till", jwt_subject="till-subject")
    Grant.objects.create(consumer=till, permission=make_permission("a.read"))
    Grant.objects.create(user="till-subject", permission=make_permission("b.read"))
    led = client.get(f"/console/permissions/consumer/{till.pk}/may/")
    assert led.url == f"{PAGE}?consumer=till"
    assert lacks(client, consumer="till") == {"/known": [], "/one/*": [], "/open": [], "/two/*": []}
    assert client.get(PAGE, {"consumer": "nobody"}).status_code == 404
    page = client.get(f"/console/auth/user/{admin_user.pk}/may/")
    assert page.url == f"{PAGE}?user={admin_user.username}"


def test_g227_others_are_an_administrators_to_ask_about_and_routes_of_other_teams_are_not_listed(client, routes):
    make_route("/zebra", service=make_service("theirs", owner=team("team-b")))
    client.force_login(person("victor", "team-a", "viewer", is_staff=True))
    assert "/zebra" not in lacks(client)
    assert lacks(client)["/one/*"] == ["a.read"]
    for asked in ({"user": "erin"}, {"consumer": "till"}):
        assert client.get(PAGE, asked).status_code == 403


def test_a_part_of_a_path_narrows_the_list_and_no_question_makes_it_fail(client, admin_user, routes):
    client.force_login(admin_user)
    assert set(lacks(client, q="/t")) == {"/two/*"}
    for asked in ({"page": "x"}, {"page": "-1"}, {"q": "\0"}, {"user": "\0"}, {"q": "%"}):
        assert client.get(PAGE, asked).status_code == 200
    assert "open to everybody" in client.get(PAGE, headers={"accept-language": "en"}).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_routes(client, admin_user, django_assert_max_num_queries):
    client.force_login(admin_user)

    def asked() -> int:
        with django_assert_max_num_queries(40) as queries:
            client.get(PAGE)
        return len(queries)

    make_route("/first", service="s", required_permissions=["a.read"])
    few = asked()
    for number in range(12):
        make_route(f"/r{number}", service="s", required_permissions=["a.read", "b.read"])
    assert asked() == few
