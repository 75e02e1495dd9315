"""The history in the console (G-500)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission

from permissions.models import TokenIssuer
from revisions.current import current_revision
from revisions.models import Revision
from routing.models import Route
from services.models import Service
from tests.common.factories import make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
LIST = "/console/revisions/revision/"


@pytest.fixture
def console(client, admin_user):
    client.force_login(admin_user)
    return client


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_g500_the_page_of_a_revision_shows_what_it_changed(console):
    route = make_route("/a")
    Route.objects.filter(pk=route.pk).update(rate_limit_rpm=77)
    page = text_of(console.get(f"{LIST}{current_revision()}/change/"))
    assert "GET /a" in page
    assert "<del>1000</del>" in page
    assert "<ins>77</ins>" in page


def test_g500_a_page_shows_the_first_hundred_changes_and_how_many_more(console):
    Service.objects.bulk_create([Service(name=f"s{number:03}") for number in range(103)])
    page = text_of(console.get(f"{LIST}{current_revision()}/change/"))
    assert "s099" in page
    assert "s100" not in page
    assert "3" in page.rpartition("</table>")[2]


def test_g500_secrets_are_masked_on_the_page(console):
    TokenIssuer.objects.create(name="partner", algorithms=["HS256"], secret="s3cret" * 8)
    page = text_of(console.get(f"{LIST}{current_revision()}/change/"))
    assert "s3cret" not in page
    assert "********" in page


def test_g500_an_administrator_restores_after_seeing_what_will_change(console, admin_user):
    make_service("kept")
    wanted = current_revision()
    make_service("later")
    path = f"{LIST}{wanted}/restore/"
    assert path in text_of(console.get(f"{LIST}{wanted}/change/"))
    assert "later" in text_of(console.get(path))
    assert Service.objects.count() == 2
    assert console.post(path).status_code == 302
    assert [row.name for row in Service.objects.all()] == ["kept"]
    newest = Revision.objects.first()
    assert (newest.actor, newest.reason) == (admin_user.username, f"restore of {wanted}: console")
    assert console.post(f"{LIST}{newest.number}/restore/").status_code == 302
    assert current_revision() == newest.number


def test_g500_what_cannot_be_restored_is_said_and_an_unknown_revision_is_not_found(console):
    make_service("orders")
    lost = current_revision()
    make_service("later")
    Revision.objects.update(recorded=False)
    for answer in (
        console.get(f"{LIST}{lost}/restore/", follow=True),
        console.post(f"{LIST}{lost}/restore/", follow=True),
    ):
        assert [str(one) for one in answer.context["messages"]] == [
            f"歷史紀錄自修訂 {lost + 1} 開始：沒有修訂 {lost} 的紀錄。"
        ]
    assert Service.objects.count() == 2
    assert console.get(f"{LIST}999999/restore/").status_code == 404


def test_g500_the_history_of_an_object_is_the_list_of_revisions_that_changed_it(console):
    route = make_route("/a")
    number = current_revision()
    make_service("other")
    response = console.get(f"/console/routing/route/{route.pk}/history/")
    assert urlsplit(response.url).path == LIST
    found = console.get(response.url).context["cl"].queryset
    assert [row.number for row in found] == [number]


def test_g500_a_member_of_a_team_sees_his_part_and_restores_nothing(client):
    make_service("theirs", owner=team("team-b"))
    hidden = current_revision()
    make_service("own", owner=team("team-a"))
    account = person("alice", "team-a", "viewer", is_staff=True)
    account.user_permissions.add(Permission.objects.get(codename="view_revision"))
    client.force_login(account)
    seen = current_revision()
    listed = client.get(LIST).context["cl"].queryset
    assert {seen} <= {row.number for row in listed}
    assert hidden not in {row.number for row in listed}
    assert "own" in text_of(client.get(f"{LIST}{seen}/change/"))
    assert f"{seen}/restore" not in text_of(client.get(f"{LIST}{seen}/change/"))
    assert client.post(f"{LIST}{seen}/restore/").status_code == 403
    assert current_revision() == seen
