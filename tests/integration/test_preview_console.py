"""What a form would do is told before it is saved (G-501)."""

from __future__ import annotations

from typing import Any

import pytest

from permissions.models import AuditEntry
from revisions.current import current_revision
from routing.models import Route
from tests.common.factories import make_hour, make_instance, make_permission, make_route, make_service
from tests.common.teams import person, team
from tests.integration.test_console import form

pytestmark = pytest.mark.django_db
PREVIEW = {"_preview": ""}
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def console(client, admin_user):
    client.force_login(admin_user)
    return client


def page_of(route: Route) -> str:
    return f"/console/routing/route/{route.pk}/change/"


def previewed(client: Any, address: str, **typed: str) -> tuple[Any, dict[str, Any]]:
    data = form(client.get(address)) | typed | PREVIEW
    page = client.post(address, data, headers=ENGLISH)
    assert page.status_code == 200
    return page, page.context["preview"]


def test_g501_a_preview_tells_what_a_save_would_change_and_saves_nothing(console):
    make_instance("orders")
    route = make_route("/a", service="orders", target_url="/a", rate_limit_rpm=100)
    before, address = current_revision(), page_of(route)
    page, preview = previewed(console, address, rate_limit_rpm="50", description="typed")
    assert [(one["kind"], one["action"]) for one in preview["changes"]] == [("route", "update")]
    assert preview["changes"][0]["sides"]["rate_limit_rpm"] == {"before_shown": "100", "after_shown": "50"}
    kept = page.context["adminform"].form
    assert (kept["rate_limit_rpm"].value(), kept["description"].value(), dict(kept.errors)) == ("50", "typed", {})
    assert "Nothing has been saved yet." in page.content.decode()
    assert list(page.context["messages"]) == []
    route.refresh_from_db()
    assert (route.rate_limit_rpm, current_revision()) == (100, before)
    assert not AuditEntry.objects.filter(object=address).exists()
    kept_typed = {one.html_name: one.value() for one in kept if one.value() not in (None, False)}
    saved = form(console.get(address)) | kept_typed
    assert console.post(address, saved).status_code == 302
    route.refresh_from_db()
    assert (route.rate_limit_rpm, current_revision()) == (50, before + 1)


def test_g501_routes_that_lose_their_requests_are_named_with_the_requests_they_had(console):
    make_instance("orders")
    general = make_route("/shop/*", service="orders", target_url="/*", name="general")
    make_route("/shop/special/*", service="orders", target_url="/*", name="special")
    make_hour(service="orders", route="special", requests=7)
    _page, preview = previewed(console, page_of(general), priority="10")
    assert [one["name"] for one in preview["shadowed"]] == ["special"]
    assert [(one["name"], one["requests"], one["to"]["name"]) for one in preview["moved"]] == [
        ("special", 7, "general")
    ]


def test_g501_a_new_route_with_its_permission_is_previewed_too(console):
    service, permission = make_service("orders"), make_permission("user.read")
    address = "/console/routing/route/add/"
    typed = {
        "service": str(service.pk),
        "path_pattern": "/new/*",
        "target_url": "/*",
        "route_permissions-TOTAL_FORMS": "1",
        "route_permissions-0-permission": str(permission.pk),
    }
    page, preview = previewed(console, address, **typed)
    assert [(one["kind"], one["action"]) for one in preview["changes"]] == [
        ("route", "create"),
        ("required_permission", "create"),
    ]
    assert "its service has no instance" in page.content.decode()
    (inline,) = page.context["inline_admin_formsets"]
    assert inline.formset.forms[0]["permission"].value() == str(permission.pk)
    assert not Route.objects.exists()


def test_a_preview_of_a_mistake_shows_the_mistake(console):
    route = make_route("/a")
    address = page_of(route)
    page = console.post(address, form(console.get(address)) | {"path_pattern": "/admin/x"} | PREVIEW)
    assert "path_pattern" in page.context["adminform"].form.errors
    assert page.context["preview"] is None


def test_who_may_only_look_gets_no_button_and_previews_nothing(client):
    route = make_route("/a", service=make_service("a-service", owner=team("team-a")))
    client.force_login(person("alice", "team-a", "viewer", is_staff=True))
    page = client.get(page_of(route))
    assert page.status_code == 200
    assert "_preview" not in page.content.decode()
    assert client.post(page_of(route), PREVIEW).status_code == 403


def test_a_preview_names_nothing_of_another_team(client):
    make_instance(make_service("theirs", owner=team("team-b")))
    make_route("/x/deep/*", service="theirs", target_url="/*", name="zebra", priority=-1)
    make_hour(service="theirs", route="zebra", requests=9)
    make_instance(make_service("mine", owner=team("team-a")))
    route = make_route("/x/*", service="mine", target_url="/*", priority=-2)
    client.force_login(person("alice", "team-a", "operator", is_staff=True))
    page, preview = previewed(client, page_of(route), priority="5")
    assert (preview["shadowed"], preview["moved"]) == ([], [])
    assert "zebra" not in page.content.decode()


def test_a_form_with_a_password_has_no_preview(console):
    assert "_preview" not in console.get("/console/permissions/consumer/add/").content.decode()
    assert "_preview" in console.get("/console/services/service/add/").content.decode()
