"""Two writers at once (G-105, G-143, G-202)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from routing.models import Route
from services.models import ServiceInstance
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_route
from tests.conftest import caller

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], tuple[int, dict]]) -> list[int]:
    """HTTP statuses of calls made side by side, sorted."""
    statuses: list[int] = []
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], tuple[int, dict]]) -> None:
        try:
            barrier.wait(60)
            statuses.append(call()[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return sorted(statuses)


@pytest.fixture
def root():
    from tests.common.access_tokens import access

    return lambda: caller(access("root", permissions=["gateway.admin"]))


def test_g143_two_updates_of_different_fields_both_survive(root):
    route = make_route("/a")
    path = f"/admin/routes/{route.pk}"
    assert at_once(
        lambda: root().call("PUT", path, {"timeout_seconds": 7}), lambda: root().call("PUT", path, {"retry_count": 9})
    ) == [200, 200]
    route.refresh_from_db()
    assert (route.timeout_seconds, route.retry_count) == (7, 9)


def test_g105_of_two_equal_routes_at_once_one_is_stored(root):
    calls = [lambda: root().call("POST", "/admin/routes", ROUTE_BODY)] * 4
    assert at_once(*calls) == [200, 409, 409, 409]
    assert Route.objects.count() == 1


def test_g202_of_equal_registrations_at_once_one_is_stored_and_all_are_answered(root):
    calls = [lambda: root().call("POST", "/admin/services", INSTANCE_BODY)] * 4
    assert at_once(*calls) == [200] * 4
    assert ServiceInstance.objects.count() == 1
