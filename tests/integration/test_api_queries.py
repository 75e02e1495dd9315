"""What reading costs the database: the same number of queries however many rows there are, on every endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.common.every_kind import described, filled, make_every_kind

pytestmark = pytest.mark.django_db

PINNED = {
    "/admin/config": 16,
    "/admin/conflicts": 17,
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
PARAMETERS = {"/admin/services": "?service_name=service-0"}


def reading() -> list[str]:
    return [path for path, item in described().items() if "get" in item]


def queries(client: Any, path: str, values: dict[str, str]) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(filled(path, values) + PARAMETERS.get(path, ""))
    assert response.status_code in (200, 404), (path, response.content[:1000])
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
