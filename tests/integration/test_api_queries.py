"""What reading costs the database: the same number of queries however many rows there are, on every endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from proxy.snapshot.loader import NEWEST
from routing.models import Route
from services.models import ServiceInstance
from tests.common.every_kind import described, filled, make_every_kind
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_instance, make_route

pytestmark = pytest.mark.django_db

PINNED = {
    "/admin/catalog/services": 4,
    "/admin/catalog/services/{id}": 3,
    "/admin/config": 16,
    "/admin/conflicts": 18,
    "/admin/consumers": 4,
    "/admin/consumers/{consumer_id}/basic": 5,
    "/admin/consumers/{consumer_id}/basic/{id}": 4,
    "/admin/consumers/{consumer_id}/keys": 5,
    "/admin/consumers/{consumer_id}/keys/{id}": 4,
    "/admin/consumers/{id}": 3,
    "/admin/grants": 4,
    "/admin/grants/{id}": 3,
    "/admin/issuers": 4,
    "/admin/issuers/{id}": 3,
    "/admin/permissions": 4,
    "/admin/permissions/{id}": 3,
    "/admin/plugins": 2,
    "/admin/plugins/global": 3,
    "/admin/plugins/global/{plugin}": 3,
    "/admin/roles": 4,
    "/admin/roles/{id}": 3,
    "/admin/routes": 5,
    "/admin/routes/{id}": 4,
    "/admin/services": 5,
    "/admin/services/{id}": 3,
    "/admin/services/{name}/state": 4,
    "/admin/services/{service_name}/plugins": 3,
    "/admin/services/{service_name}/plugins/{plugin}": 3,
    "/admin/services/{service_name}/policy": 3,
    "/health/live": 0,
    "/metrics": 4,
}
"""Queries of an endpoint; the two of the token's and the header's revision are among them."""
AT_MOST = 8
"""Of an endpoint that is not pinned."""
OF_A_NODE = {"/admin/traffic/tail"}
"""What only a node answers with more than 503."""
PARAMETERS = {"/admin/services": "?service_name=service-0"}


def reading() -> list[str]:
    return [path for path, item in described().items() if "get" in item]


def queries(client: Any, path: str, values: dict[str, str]) -> int:
    """Of a GET, while what the process remembers of the configuration is forgotten."""
    NEWEST.forget()
    with CaptureQueriesContext(connection) as captured:
        response = client.get(filled(path, values) + PARAMETERS.get(path, ""))
    assert response.status_code in (200, 404, 503 if path in OF_A_NODE else 200), (path, response.content[:1000])
    return len(captured)


def test_g120_every_read_costs_the_same_however_many_rows_there_are(admin):
    values = make_every_kind()
    admin.get("/admin/routes")  # after a change the verifier reads what it needs, once
    few = {path: queries(admin, path, values) for path in reading()}
    for number in range(1, 12):
        make_every_kind(number)
    admin.get("/admin/routes")
    assert {path: queries(admin, path, values) for path in reading()} == few
    assert {path: count for path, count in few.items() if path in PINNED} == PINNED
    assert {path: count for path, count in few.items() if count > AT_MOST and path not in PINNED} == {}


def of_routes(count: int, **data: Any) -> list[dict[str, Any]]:
    return [{"id": str(make_route(service=f"service-{number}").pk), **data} for number in range(count)]


def of_instances(count: int, **data: Any) -> list[dict[str, Any]]:
    return [{"id": str(make_instance(f"service-{number}").pk), **data} for number in range(count)]


def new_routes(count: int, service: str = "service-{}") -> list[dict[str, Any]]:
    body = {**ROUTE_BODY, "target_url": "/t"}
    there = Route.objects.count()
    return [
        {**body, "service_name": service.format(number), "path_pattern": f"/n/{there + number}"}
        for number in range(count)
    ]


def new_instances(count: int) -> list[dict[str, Any]]:
    there = ServiceInstance.objects.count()
    return [
        {**INSTANCE_BODY, "service_name": f"service-{number}", "instance_id": f"n{there + number}"}
        for number in range(count)
    ]


def a_set(items: list[dict[str, Any]], data: dict[str, Any]) -> dict[str, Any]:
    return {
        "reason": "a trial",
        "changes": [{"action": "update", "kind": "route", "id": one["id"], "data": data} for one in items],
    }


WRITES: dict[str, tuple[str, str, Any, tuple[int, int]]] = {
    "new routes": ("post", "/admin/batch/routes", lambda n: {"routes": new_routes(n)}, (16, 0)),
    "new routes of new services": (
        "post",
        "/admin/batch/routes",
        lambda n: {"routes": new_routes(n, f"{n}-new-{{}}")},
        (17, 6),
    ),
    "routes": ("put", "/admin/batch/routes", lambda n: {"routes": of_routes(n, rate_limit_rpm=7)}, (14, 6)),
    "routes removed": ("delete", "/admin/batch/routes", lambda n: {"routes": of_routes(n)}, (14, 5)),
    "new instances": ("post", "/admin/batch/services", lambda n: {"services": new_instances(n)}, (14, 0)),
    "instances": ("put", "/admin/batch/services", lambda n: {"services": of_instances(n, weight=7)}, (13, 5)),
    "a change set": ("post", "/admin/changesets", lambda n: a_set(of_routes(n), {"priority": 7}), (17, 6)),
}
"""Method, path, body of n items, and the queries: of the request, and of each item beside them."""


def statements(client: Any, method: str, path: str, body: dict[str, Any]) -> int:
    client.get("/admin/routes")  # after a change the verifier reads what it needs, once
    with CaptureQueriesContext(connection) as captured:
        status, reply = client.call(method, path, body)
    assert status in (200, 201), reply
    assert not reply["content"].get("failed"), reply
    return len(captured)


@pytest.mark.parametrize("name", WRITES)
def test_g280_many_writes_in_one_request_cost_what_is_pinned(admin, name):
    method, path, body, pinned = WRITES[name]
    of_instances(30), of_routes(30)
    statements(admin, method, path, body(2))
    few, many = (statements(admin, method, path, body(count)) for count in (3, 13))
    each = (many - few) / 10
    assert (few - 3 * each, each) == pinned


def test_g120_a_deep_page_costs_what_the_first_one_does(admin):
    of_routes(45)
    for instance in of_instances(45):
        assert admin.call("put", f"/admin/services/{instance['id']}", {"weight": 7})[0] == 200
    admin.get("/admin/routes")
    for path in ("/admin/routes", "/admin/revisions", "/admin/audit"):
        first, deep = (queries(admin, f"{path}?size=5&page={page}", {}) for page in (1, 9))
        assert first == deep, path
