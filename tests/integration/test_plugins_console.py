"""Plugins in the console: bound to everything, on a service's page and on a route's."""

from __future__ import annotations

import pytest

from routing.models import GlobalPlugin
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
