"""Whose change sets the console shows to whom, and what he may do with them (G-010, G-501)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission

from configuration.models import ChangeSet
from tests.common.factories import make_route, make_service
from tests.common.teams import person, team
from tests.integration.test_changesets_console import LIST, a_set, keep, page_of, press

pytestmark = pytest.mark.django_db


def operator(name: str = "oscar", group: str = "team-a") -> Any:
    return person(name, group, "operator", is_staff=True)


def test_operators_see_their_own_sets_and_publish_what_is_their_teams(client, admin_user):
    route = make_route("/a", service=make_service("own", owner=team("team-a")))
    theirs = make_route("/zebra", service=make_service("theirs", owner=team("team-b")))
    hidden = a_set("for zebra", actor="admin", owner=f"account:{admin_user.pk}", changes=[])
    client.force_login(operator())
    keep(client, page_of(route), rate_limit_rpm="50")
    row = ChangeSet.objects.get(actor="oscar")
    assert [one.pk for one in client.get(LIST).context["cl"].result_list] == [row.pk]
    assert client.get(page_of(hidden)).status_code == 404
    assert client.post(page_of(hidden), {"_discard": ""}).status_code == 404
    assert keep(client, page_of(route), into=str(hidden.pk), rate_limit_rpm="9").status_code == 200
    ChangeSet.objects.filter(pk=row.pk).update(
        changes=[*row.changes, {"action": "update", "kind": "route", "id": str(theirs.pk), "data": {"priority": 1}}]
    )
    refused = press(client, row, "_publish")
    (_own, other) = refused.context["items"]
    assert (other["name"], len(other["errors"])) == (str(theirs.pk), 1)
    assert "/zebra" not in refused.content.decode()
    press(client, row, "_remove", "1")
    assert press(client, row, "_publish").status_code == 302
    route.refresh_from_db()
    assert route.rate_limit_rpm == 50


def test_viewers_and_persons_of_no_group_have_no_change_sets(client):
    route = make_route("/a", service=make_service("own", owner=team("team-a")))
    row = a_set()
    for account in (person("victor", "team-a", "viewer", is_staff=True), person("nora", is_staff=True)):
        account.user_permissions.set(DjangoPermission.objects.all())
        client.force_login(account)
        assert client.get(LIST).status_code == 403
        assert client.get(page_of(row)).status_code == 403
        assert LIST not in client.get("/console/").content.decode()
        assert 'name="_draft"' not in client.get(page_of(route)).content.decode()
        refused = client.post(page_of(route), {"_keep": "", "draft-reason": "x"})
        assert refused.status_code in (302, 403)
        assert ChangeSet.objects.count() == 1


def test_who_has_left_the_operators_has_left_his_drafts(client):
    account = operator()
    row = a_set(actor="oscar", owner=f"account:{account.pk}", changes=[])
    client.force_login(account)
    assert client.get(page_of(row)).status_code == 200
    account.groups.clear()
    client.force_login(account)
    assert client.get(page_of(row)).status_code == 403
