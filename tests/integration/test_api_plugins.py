"""GET /admin/plugins, and the bindings to everything and to a service."""

from __future__ import annotations

import pytest

from proxy.plugins import PLUGINS
from proxy.snapshot.configuration import decode, encode
from proxy.snapshot.loader import load_configuration
from revisions.models import Revision
from routing.models import GlobalPlugin, Route
from services.models import Service
from tests.common.factories import ROUTE_BODY, make_service

pytestmark = pytest.mark.django_db

CORS = {"allow_origins": ["https://app.example.com"]}
OWNERS = ["/admin/plugins/global", "/admin/services/orders/plugins"]


@pytest.fixture(autouse=True)
def orders():
    return make_service("orders")


def bound(owner: str) -> dict:
    """What a worker would be told."""
    configuration = load_configuration()
    return configuration.plugins if owner.endswith("global") else configuration.services[0].plugins


def test_every_plugin_is_listed_with_its_schema_in_the_order_of_the_request_path(admin):
    status, reply = admin.call("GET", "/admin/plugins")
    assert (status, reply["content"]["total"]) == (200, len(PLUGINS))
    assert [one["name"] for one in reply["content"]["plugins"]] == list(PLUGINS)
    cors = next(one for one in reply["content"]["plugins"] if one["name"] == "cors")
    assert cors["schema"] == PLUGINS["cors"].SCHEMA


@pytest.mark.parametrize("owner", OWNERS)
def test_a_plugin_is_bound_replaced_whole_and_unbound_each_with_a_revision(admin, owner):
    status, reply = admin.call("PUT", f"{owner}/cors", {**CORS, "max_age_seconds": 5}, **{"X-Change-Reason": "pages"})
    assert (status, reply["content"]) == (200, {"name": "cors", "config": {**CORS, "max_age_seconds": 5}})
    assert bound(owner) == {"cors": {**CORS, "max_age_seconds": 5}}
    assert Revision.objects.latest("number").reason == "pages"

    admin.call("PUT", f"{owner}/cors", CORS)
    admin.call("PUT", f"{owner}/redirect", {"location": "/"})
    before = Revision.objects.count()
    admin.call("PUT", f"{owner}/cors", CORS)
    assert Revision.objects.count() == before, "the same again is no revision"
    status, reply = admin.call("GET", owner)
    names = [one["name"] for one in reply["content"]["plugins"]]
    assert (reply["content"]["total"], names) == (2, ["cors", "redirect"])
    assert admin.call("GET", f"{owner}/cors")[1]["content"] == {"name": "cors", "config": CORS}

    status, reply = admin.call("DELETE", f"{owner}/cors")
    assert (status, reply["content"]) == (200, {"name": "cors"})
    assert bound(owner) == {"redirect": {"location": "/"}}
    assert admin.call("GET", f"{owner}/cors")[0] == admin.call("DELETE", f"{owner}/cors")[0] == 404


@pytest.mark.alike
@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize(
    ("plugin", "config", "place"),
    [
        ("cors", {}, "cors"),
        ("cors", {"allow_origins": ["*", 5]}, "cors.allow_origins.1"),
        ("cors", {**CORS, "colour": "red"}, "cors"),
        ("cors", {**CORS, "enabled": "no"}, "cors.enabled"),
        ("cors", {"allow_origins": ["*"], "allow_credentials": True}, "cors"),
        ("change_headers", {"request": {"set": {"Host": "x"}}}, "change_headers"),
        ("fault_injection", {"abort": {"status": 99}}, "fault_injection.abort.status"),
        ("path_rewrite", {"regex": "(", "replacement": ""}, "path_rewrite"),
        ("traffic_split", {"rules": [{"split": [{"service": "nobody"}]}]}, "traffic_split"),
    ],
)
def test_g013_every_mistake_is_told_at_its_place_and_nothing_is_stored(admin, owner, plugin, config, place):
    status, reply = admin.call("PUT", f"{owner}/{plugin}", config)
    assert (status, reply["code"]) == (400, "F40000")
    assert place in reply["content"]["errors"]
    assert bound(owner) == {}


def test_g013_all_mistakes_are_told_at_once(admin):
    wrong = {"allow_origins": ["ftp://x"], "max_age_seconds": -1}
    errors = admin.call("PUT", "/admin/plugins/global/cors", wrong)[1]["content"]["errors"]
    assert set(errors) == {"cors.allow_origins.0", "cors.max_age_seconds"}
    assert errors["cors.allow_origins.0"] == ["'ftp://x' is not an origin such as https://app.example.com"]


@pytest.mark.parametrize("owner", OWNERS)
def test_a_binding_that_only_switches_off_needs_nothing_else(admin, owner):
    assert admin.call("PUT", f"{owner}/cors", {"enabled": False})[0] == 200
    assert bound(owner) == {"cors": {"enabled": False}}


@pytest.mark.parametrize("path", ["/admin/plugins/global/colour", "/admin/services/nobody/plugins/cors"])
def test_what_there_is_not_is_not_found(admin, path):
    for method, body in (("GET", None), ("PUT", CORS), ("DELETE", None)):
        status, reply = admin.call(method, path, body)
        assert (status, reply["code"]) == (404, "F40400")
    assert not GlobalPlugin.objects.exists()


@pytest.mark.parametrize("owner", OWNERS)
def test_g143_if_match_guards_against_lost_updates(admin, owner):
    admin.call("PUT", f"{owner}/cors", CORS)
    stale = {"If-Match": admin.get(f"{owner}/cors")["ETag"]}
    admin.call("PUT", f"{owner}/cors", {**CORS, "max_age_seconds": 1})
    assert admin.call("PUT", f"{owner}/cors", CORS, **stale)[1]["code"] == "F41200"
    assert admin.call("DELETE", f"{owner}/cors", **stale)[1]["code"] == "F41200"
    fresh = {"If-Match": admin.get(f"{owner}/cors")["ETag"]}
    assert admin.call("DELETE", f"{owner}/cors", **fresh)[0] == 200
    assert admin.call("PUT", f"{owner}/cors", CORS, **fresh)[1]["code"] == "F41200", "it is not there any more"


@pytest.mark.parametrize("path", ["/admin/plugins", *OWNERS, *(f"{owner}/cors" for owner in OWNERS)])
def test_g010_only_an_administrator_sees_and_binds_plugins(anonymous, member, path):
    methods = ["GET", "PUT", "DELETE"] if path.endswith("cors") else ["GET"]
    for method in methods:
        body = CORS if method == "PUT" else None
        assert anonymous.call(method, path, body)[1]["code"] == "F40001"
        assert member.call(method, path, body)[1]["code"] == "F40003"


def test_g014_a_body_that_is_no_object_is_refused(admin):
    for body in ([], "cors", 1):
        assert admin.call("PUT", "/admin/plugins/global/cors", body)[1]["code"] == "F40000"


def test_a_route_carries_its_own_and_its_mistakes_name_their_place(admin):
    status, _reply = admin.call("POST", "/admin/routes", {**ROUTE_BODY, "plugins": {"cors": CORS}})
    assert (status, Route.objects.get().plugins) == (200, {"cors": CORS})
    wrong = {**ROUTE_BODY, "path_pattern": "/b", "target_url": "/", "plugins": {"cors": {"allow_origins": []}, "x": {}}}
    errors = admin.call("POST", "/admin/routes", wrong)[1]["content"]["errors"]["plugins"]
    assert errors == ["未知的插件：x"]
    del wrong["plugins"]["x"]
    errors = admin.call("POST", "/admin/routes", wrong)[1]["content"]["errors"]["plugins"]
    assert errors[0].startswith("cors.allow_origins: ")


def test_binding_to_a_service_leaves_its_other_columns_alone(admin, django_assert_max_num_queries):
    Service.objects.filter(name="orders").update(connect_timeout_seconds=3.0)
    with django_assert_max_num_queries(18):
        admin.call("PUT", "/admin/services/orders/plugins/cors", CORS)
    row = Service.objects.get(name="orders")
    assert (row.plugins, row.connect_timeout_seconds) == ({"cors": CORS}, 3.0)


@pytest.mark.parametrize("written", [[], ["cors"], "cors", 5])
def test_t9_a_service_row_whose_plugins_are_no_object_stops_its_own_routes_and_no_revision(orders, written):
    make_service("fine")
    Service.objects.filter(name="orders").update(plugins=written)
    configuration = decode(encode(load_configuration()))
    problems = {spec.name: spec.problem for spec in configuration.services}
    assert problems == {"orders": "plugins: must be an object", "fine": ""}
