"""GET /admin/routes: pages, order and filters (G-120…G-125)."""

from __future__ import annotations

import pytest

from tests.common.factories import make_route

pytestmark = pytest.mark.django_db

SEED_FIELDS = {
    "id",
    "service_name",
    "path_pattern",
    "target_url",
    "method",
    "version",
    "is_active",
    "requires_auth",
    "required_permissions",
    "rate_limit_rpm",
    "timeout_seconds",
    "priority",
    "created_at",
}


def test_g121_list_shows_the_thirteen_fields_and_g122_counts_all_matches(admin):
    for number in range(3):
        make_route(f"/n/{number}", service="user-service")
    make_route("/elsewhere", service="other")
    status, reply = admin.call("GET", "/admin/routes?service_name=user-service&size=2")
    assert (status, reply["msg"], reply["content"]["total"]) == (200, "獲取路由配置成功", 3)
    assert len(reply["content"]["routes"]) == 2
    assert set(reply["content"]["routes"][0]) >= SEED_FIELDS
    _status, beyond = admin.call("GET", "/admin/routes?page=99")
    assert beyond["content"] == {"total": 4, "routes": []}


def test_g125_order_is_priority_then_newest(admin):
    old, new, high = make_route("/old"), make_route("/new"), make_route("/high", priority=5)
    _status, reply = admin.call("GET", "/admin/routes")
    assert [one["id"] for one in reply["content"]["routes"]] == [str(row.pk) for row in (high, new, old)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("is_active=false", ["/off"]),
        ("search=zebra", ["/named"]),
        ("method=POST", ["/post"]),
        ("method=ANY", ["/any"]),
        ("path=/po", ["/post"]),
        ("host=a.example.com", ["/host"]),
        ("label=team", ["/label"]),
        ("label=team=red", ["/label"]),
        ("label=team=blue", []),
        ("ordering=path_pattern&path=/o", ["/off", "/old"]),
        ("ordering=-path_pattern&path=/o", ["/old", "/off"]),
    ],
)
def test_g120_filters(admin, query, found):
    make_route("/off", is_active=False)
    make_route("/old")
    make_route("/named", name="the zebra")
    make_route("/post", methods=["POST"])
    make_route("/any", methods=[])
    make_route("/host", hosts=["a.example.com"])
    make_route("/label", labels={"team": "red"})
    _status, reply = admin.call("GET", f"/admin/routes?{query}")
    assert [one["path_pattern"] for one in reply["content"]["routes"]] == found


@pytest.mark.alike
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=-1", "page"),
        ("page=99999999999999999999", "page"),
        ("size=0", "size"),
        ("size=101", "size"),
        ("is_active=maybe", "is_active"),
        ("is_active=", "is_active"),
        ("ordering=", "ordering"),
        ("service_name=%00", "service_name"),
        ("ordering=colour", "ordering"),
        ("colour=red", "colour"),
    ],
)
def test_g120_a_bad_parameter_is_named(admin, query, field):
    status, reply = admin.call("GET", f"/admin/routes?{query}")
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])


def test_lists_cost_the_same_number_of_queries_however_long(admin, django_assert_num_queries):
    for number in range(2):
        make_route(f"/n/{number}", required_permissions=["user.read"])
    admin.call("GET", "/admin/routes")
    with django_assert_num_queries(5):  # the verifier's revision, the count, rows, permissions, the header's revision
        admin.call("GET", "/admin/routes")
    for number in range(2, 20):
        make_route(f"/n/{number}", required_permissions=["user.read", f"p.{number}"])
    admin.call("GET", "/admin/routes")
    with django_assert_num_queries(5):
        admin.call("GET", "/admin/routes")


def test_g123_a_deleted_route_appears_nowhere(admin):
    route = make_route("/gone", name="zebra", hosts=["a.example.com"], labels={"team": "red"}, service="gone")
    assert admin.call("DELETE", f"/admin/routes/{route.pk}")[0] == 200
    for query in (
        "",
        "is_active=true",
        "search=zebra",
        "path=/gone",
        "host=a.example.com",
        "label=team",
        "service_name=gone",
    ):
        assert admin.call("GET", f"/admin/routes?{query}")[1]["content"] == {"total": 0, "routes": []}
    assert admin.call("GET", f"/admin/routes/{route.pk}")[1]["code"] == "F40400"


@pytest.mark.parametrize("path", ["/admin/routes", "/admin/catalog/services"])
@pytest.mark.parametrize("ordering", [",", "created_at,", ",,", "-created_at,,updated_at"])
def test_g120_nothing_between_two_commas_is_refused_by_the_name_of_the_parameter(admin, path, ordering):
    status, reply = admin.call("GET", f"{path}?ordering={ordering}")
    assert (status, list(reply["content"]["errors"])) == (400, ["ordering"])
