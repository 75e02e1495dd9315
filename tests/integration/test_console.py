"""The console at /console/: the same rules and the same revisions as the API."""

from __future__ import annotations

import pytest

from revisions.models import Revision
from routing.models import Route
from services.compile import service_specs
from services.models import Service
from tests.common.factories import make_instance, make_permission, make_route, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def console(client, admin_user):
    client.force_login(admin_user)
    return client


def form(page) -> dict:
    """The values an untouched form of this page would send."""
    admin_form = page.context["adminform"].form
    data = {}
    for bound in admin_form:
        value = bound.value()
        data[bound.html_name] = "" if value is None else value
    for formset in page.context["inline_admin_formsets"]:
        management = formset.formset.management_form
        data |= {f"{management.prefix}-{name}": value for name, value in management.initial.items()}
    return {name: value for name, value in data.items() if value is not False}


def test_every_page_opens(console):
    route, instance = make_route("/a", required_permissions=["user.read"]), make_instance()
    for path in (
        "/console/",
        "/console/routing/route/",
        "/console/routing/route/add/",
        f"/console/routing/route/{route.pk}/change/",
        f"/console/routing/route/{route.pk}/delete/",
        "/console/services/service/",
        f"/console/services/service/{instance.service_id}/change/",
        "/console/services/serviceinstance/",
        f"/console/services/serviceinstance/{instance.pk}/change/",
        "/console/revisions/revision/",
    ):
        assert console.get(path).status_code == 200, path


def test_g342_the_limits_of_a_service_are_fields_of_its_page_and_reach_the_data_plane(console):
    service = make_service("user-service")
    page = f"/console/services/service/{service.pk}/change/"
    data = form(console.get(page)) | {"rate_limit_rpm": "600", "limiter_rate": "2.5", "limiter_peak": "10"}
    assert console.post(page, data).status_code == 302
    (spec,) = service_specs()
    assert (spec.rate_limit_rpm, spec.limiter_rate, spec.limiter_peak) == (600, 2.5, 10)
    refused = console.post(page, data | {"limiter_rate": "0"})
    assert "limiter_rate" in refused.context["adminform"].form.errors


def test_a_form_is_one_revision_with_the_person_as_actor(console, admin_user):
    service = make_service("user-service")
    make_permission("user.read")
    data = form(console.get("/console/routing/route/add/")) | {
        "service": str(service.pk),
        "path_pattern": "/a/*",
        "target_url": "/*",
        "route_permissions-TOTAL_FORMS": "1",
        "route_permissions-0-permission": str(make_permission("user.read").pk),
    }
    before = Revision.objects.count()
    response = console.post("/console/routing/route/add/", data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert Route.objects.get().permission_codes == ["user.read"]
    assert Revision.objects.count() == before + 1
    newest = Revision.objects.first()
    assert (newest.actor, newest.reason) == (admin_user.username, "console")


def test_the_form_obeys_the_same_rules_as_the_api(console):
    make_route("/a", methods=[])
    data = form(console.get("/console/routing/route/add/")) | {"service": str(make_service().pk)}
    for values, text in (
        ({"path_pattern": "/admin/x", "target_url": "/"}, "網關自身保留"),
        ({"path_pattern": "/b", "target_url": "/*"}, "只捕獲"),
        ({"path_pattern": "/a", "target_url": "/"}, "已匹配這些請求"),
    ):
        response = console.post("/console/routing/route/add/", data | values)
        assert response.status_code == 200
        assert text in response.content.decode()
    assert Route.objects.count() == 1


def test_deleting_marks_a_route_as_the_api_does(console):
    one, two = make_route("/a"), make_route("/b")
    console.post(f"/console/routing/route/{one.pk}/delete/", {"post": "yes"})
    action = {"action": "delete_selected", "_selected_action": [str(two.pk)], "post": "yes"}
    console.post("/console/routing/route/", action)
    assert Route.objects.filter(deleted_at=None).count() == 0
    assert Route.objects.count() == 2


def test_a_service_in_use_is_kept(console):
    route = make_route("/a")
    console.post(f"/console/services/service/{route.service_id}/delete/", {"post": "yes"})
    assert Service.objects.filter(pk=route.service_id).exists()


def test_revisions_are_to_read_only(console):
    make_service()
    number = Revision.objects.first().number
    assert console.get("/console/revisions/revision/add/").status_code == 403
    assert console.post(f"/console/revisions/revision/{number}/delete/", {"post": "yes"}).status_code == 403
    assert Revision.objects.filter(number=number).exists()


def test_a_document_left_empty_is_the_default_and_no_error(console):
    route, instance = make_route("/a", labels={"team": "x"}), make_instance()
    for page, names in (
        (f"/console/routing/route/{route.pk}/change/", ("labels", "rewrite", "header_conditions", "hosts")),
        (f"/console/services/serviceinstance/{instance.pk}/change/", ("metadata",)),
    ):
        response = console.post(page, form(console.get(page)) | dict.fromkeys(names, ""))
        assert response.status_code == 302, response.context["adminform"].form.errors
    route.refresh_from_db()
    assert (route.labels, route.rewrite, route.header_conditions, route.hosts) == ({}, None, [], [])


def test_lists_are_typed_as_lines(console):
    route = make_route("/a", methods=["GET"], hosts=["a.example"])
    page = f"/console/routing/route/{route.pk}/change/"
    data = form(console.get(page))
    assert (data["methods"], data["hosts"]) == ("GET", "a.example")
    typed = {"methods": "get, post\r\n", "hosts": "A.example\r\n*.b.example", "client_cidrs": "10.0.0.0/8"}
    assert console.post(page, data | typed).status_code == 302
    route.refresh_from_db()
    assert route.methods == ["GET", "POST"]
    assert route.hosts == ["a.example", "*.b.example"]
    assert route.client_cidrs == ["10.0.0.0/8"]


def test_an_untouched_form_changes_nothing(console):
    route = make_route("/a", labels={"team": "x"}, rewrite={"regex": "a", "replacement": "b"}, strip_path=True)
    before = Route.objects.values().get(pk=route.pk)
    page = f"/console/routing/route/{route.pk}/change/"
    assert console.post(page, form(console.get(page))).status_code == 302
    after = Route.objects.values().get(pk=route.pk)
    assert {name for name in before if before[name] != after[name]} == {"updated_at"}


def test_the_sidebar_shows_a_person_only_the_pages_he_may_open(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("looker", is_staff=True))
    page = client.get("/console/", headers={"accept-language": "en"})
    groups = page.context["sidebar_navigation"]
    shown = [str(item["title"]) for group in groups for item in group["items"] if item["has_permission"]]
    assert shown == ["Overview", "API description"]
    assert "texts" not in page.context


def test_the_first_page_says_what_to_do_next(console):
    assert "尚未轉發任何請求" in console.get("/console/").content.decode()
    make_route("/a")
    page = console.get("/console/")
    assert "尚未轉發任何請求" not in page.content.decode()


def test_users_and_groups_open_and_tokens_of_the_library_are_not_listed(console, admin_user):
    for path in ("auth/user/", "auth/user/add/", f"auth/user/{admin_user.pk}/change/", "auth/group/add/"):
        assert console.get(f"/console/{path}").status_code == 200, path
    assert console.get("/console/token_blacklist/outstandingtoken/").status_code == 404


def test_static_files_are_sent_whole_in_part_and_not_again(client):
    path = "/static/gateway/favicon.svg"
    whole = client.get(path)
    assert whole.status_code == 200
    assert whole["Content-Type"] == "image/svg+xml"
    assert whole.content.startswith(b"<svg")
    part = client.get(path, headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"<svg")
    again = client.get(path, headers={"if-modified-since": whole["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(path)["Content-Length"] == str(len(whole.content))


def test_g017_the_login_form_is_slowed_down_like_the_api(client, admin_user, settings):
    settings.GATEWAY_LOGIN_FAILURES_PER_ACCOUNT = 2
    wrong, right = ({"username": "admin", "password": word} for word in ("wrong", "password"))
    assert client.post("/console/login/", right).status_code == 302
    client.logout()
    for _attempt in range(2):
        assert client.post("/console/login/", wrong).status_code == 200
    refused = client.post("/console/login/", right)
    assert refused.status_code == 200
    assert "請求過於頻繁" in refused.content.decode()
