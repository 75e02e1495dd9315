from __future__ import annotations

import pytest
from django.contrib.auth import authenticate, get_user_model

from proxy.demo import seed
from revisions.models import Revision
from routing.compile import route_specs
from routing.models import Route
from services.compile import service_specs
from services.models import Service

pytestmark = pytest.mark.django_db


def test_an_empty_database_gets_the_demo_in_one_revision() -> None:
    planted = seed.plant()
    assert [name for name, _port in planted.upstreams] == ["demo-blue", "demo-green"]
    assert [revision.actor for revision in Revision.objects.all()] == ["demo"]
    [service] = service_specs()
    assert [(one.instance_id, one.port) for one in service.instances] == list(planted.upstreams)
    routes = {route.path_pattern: route for route in route_specs()}
    assert not any(route.problem for route in routes.values())
    assert not routes["/open/*"].requires_auth
    assert routes["/private/*"].requires_auth
    assert routes["/reports/*"].required_permissions == ("report.read",)


def test_the_administrators_password_is_told_once_and_works() -> None:
    first, second = seed.plant(), seed.plant()
    assert authenticate(username=first.administrator, password=first.password) is not None
    assert (second.administrator, second.password) == (first.administrator, "")
    assert get_user_model().objects.count() == 1


def test_a_second_start_changes_nothing() -> None:
    first = seed.plant()
    Route.objects.filter(name="demo-open").update(priority=7)
    revisions = Revision.objects.count()
    assert seed.plant().upstreams == first.upstreams
    assert Revision.objects.count() == revisions
    assert Route.objects.get(name="demo-open").priority == 7


def test_a_database_with_rows_of_its_own_is_left_alone() -> None:
    Service.objects.create(name="mine")
    assert seed.plant().upstreams == ()
    assert not Route.objects.exists()
