"""Plugins in the console: bound to everything, on a service's page and on a route's."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from routing.models import GlobalPlugin, Route
from services.models import Service
from tests.common.factories import make_route, make_service

pytestmark = pytest.mark.django_db

CORS = '{"allow_origins": ["https://app.example.com"]}'


@pytest.fixture
def console(client, admin_user):
    client.force_login(admin_user)
    return client


def test_a_global_plugin_is_chosen_configured_changed_and_removed(console):
    page = console.get("/console/routing/globalplugin/add/")
    assert b'<option value="cors">cors</option>' in page.content
    assert console.post("/console/routing/globalplugin/add/", {"name": "cors", "config": CORS}).status_code == 302
    row = GlobalPlugin.objects.get()
    assert (row.name, row.config) == ("cors", {"allow_origins": ["https://app.example.com"]})
    change = f"/console/routing/globalplugin/{row.pk}/change/"
    assert console.post(change, {"config": '{"enabled": false}'}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.config) == ("cors", {"enabled": False})
    assert b"cors" in console.get("/console/routing/globalplugin/").content
    assert console.post(f"/console/routing/globalplugin/{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not GlobalPlugin.objects.exists()


@pytest.mark.parametrize(("name", "config"), [("cors", "{}"), ("cors", "[]"), ("cors", "{"), ("colour", "{}")])
def test_a_wrong_one_is_shown_again_with_what_was_typed(console, name, config):
    page = console.post("/console/routing/globalplugin/add/", {"name": name, "config": config})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors
    assert not GlobalPlugin.objects.exists()


def test_one_more_of_the_same_name_is_refused(console):
    GlobalPlugin.objects.create(name="cors", config={"enabled": False})
    page = console.post("/console/routing/globalplugin/add/", {"name": "cors", "config": CORS})
    assert page.status_code == 200
    assert GlobalPlugin.objects.count() == 1


def test_the_pages_of_routes_and_services_have_them_too(console):
    route, service = make_route("/a"), make_service("orders")
    for path in (f"routing/route/{route.pk}", f"services/service/{service.pk}"):
        assert 'name="plugins"' in console.get(f"/console/{path}/change/").content.decode()


def test_a_services_mistake_names_its_place(console):
    service = make_service("orders")
    page = console.get(f"/console/services/service/{service.pk}/change/")
    data = {bound.html_name: bound.value() for bound in page.context["adminform"].form if bound.value() is not None}
    for formset in page.context["inline_admin_formsets"]:
        prefix = formset.formset.management_form.prefix
        data |= {f"{prefix}-{name}": value for name, value in formset.formset.management_form.initial.items()}
    wrong = console.post(page.request["PATH_INFO"], data | {"plugins": '{"cors": {"allow_origins": 5}}'})
    assert "cors.allow_origins" in str(wrong.context["adminform"].form.errors["plugins"])
    assert console.post(page.request["PATH_INFO"], data | {"plugins": f'{{"cors": {CORS}}}'}).status_code == 302
    assert Service.objects.get(name="orders").plugins["cors"]["allow_origins"]


SECRET = {"change_headers": {"request": {"set": {"X-Api-Key": "hush-hush", "X-Plain": "a"}}}}


def form_of(console, path: str) -> tuple[Any, dict[str, Any]]:
    """A page, and what its form would send."""
    page = console.get(f"/console/{path}/change/")
    data = {bound.html_name: bound.value() for bound in page.context["adminform"].form if bound.value() is not None}
    for formset in page.context["inline_admin_formsets"]:
        prefix = formset.formset.management_form.prefix
        data |= {f"{prefix}-{name}": value for name, value in formset.formset.management_form.initial.items()}
    return page, data


@pytest.mark.parametrize("copied", [False, True])
def test_a_secret_is_masked_in_the_page_and_stays_where_the_mask_comes_back(console, copied):
    route = make_route("/a", plugins=SECRET)
    page, data = form_of(console, f"routing/route/{route.pk}")
    assert b"hush-hush" not in page.content
    bindings = json.loads(data["plugins"])
    assert bindings["change_headers"]["request"]["set"] == {"X-Api-Key": "********", "X-Plain": "a"}
    bindings["change_headers"]["request"]["set"]["X-Plain"] = "b"
    data |= {"plugins": json.dumps(bindings), "methods": "GET"}
    data |= {"_saveasnew": "1", "path_pattern": "/b", "is_active": "on"} if copied else {}
    answer = console.post(f"/console/routing/route/{route.pk}/change/", data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    stored = Route.objects.get(path_pattern="/b" if copied else "/a").plugins
    assert stored["change_headers"]["request"]["set"] == {"X-Api-Key": "hush-hush", "X-Plain": "b"}


def test_a_mask_that_stands_for_nothing_is_refused_at_its_place(console):
    route = make_route("/a")
    _page, data = form_of(console, f"routing/route/{route.pk}")
    masked = {"change_headers": {"request": {"set": {"X-Api-Key": "********"}}}}
    wrong = console.post(f"/console/routing/route/{route.pk}/change/", data | {"plugins": json.dumps(masked)})
    assert "change_headers.request.set.X-Api-Key" in str(wrong.context["adminform"].form.errors["plugins"])


def test_a_global_plugins_secret_is_kept_too(console):
    row = GlobalPlugin.objects.create(name="change_headers", config=SECRET["change_headers"])
    page, data = form_of(console, f"routing/globalplugin/{row.pk}")
    assert b"hush-hush" not in page.content
    assert console.post(f"/console/routing/globalplugin/{row.pk}/change/", data).status_code == 302
    row.refresh_from_db()
    assert row.config == SECRET["change_headers"]


def test_without_scripts_the_text_can_be_seen_and_the_forms_come_from_a_file(console):
    route = make_route("/a")
    page = console.get(f"/console/routing/route/{route.pk}/change/").content.decode()
    area = re.search(r'<textarea name="plugins"[^>]*>', page)
    assert area is not None
    assert "hidden" not in area[0]
    assert re.search(r'<script src="/static/gateway/plugins[^"]*js" type="module">', page)
    assert '<script id="plugins-plugins" type="application/json">' in page
