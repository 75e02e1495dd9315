"""Rows to specs (G-504), soft deletion, and the guard of the database itself."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from routing.compile import route_specs
from routing.models import Route
from tests.common.factories import make_route

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("/a", "exact"),
        ("/a/*", "prefix"),
        ("/*", "prefix"),
        ("/a/*/b", "pattern"),
        ("/a/*/b/*", "pattern"),
        ("/", "exact"),
    ],
)
def test_the_kind_is_derived_from_the_pattern(pattern, kind):
    make_route(pattern)
    (spec,) = route_specs()
    assert (spec.path_kind, spec.problem) == (kind, "")


def test_a_spec_carries_what_the_row_says():
    make_route(
        "/a/*",
        target_url="/b/*",
        methods=["GET", "PUT"],
        hosts=["a.example.com"],
        header_conditions=[{"name": "X-Canary", "value": "1"}],
        required_permissions=["b.read", "a.read"],
        rewrite={"regex": "^/b", "replacement": "/c"},
        rate_limit_rpm=None,
    )
    (spec,) = route_specs()
    assert (spec.methods, spec.hosts, spec.target_url) == (("GET", "PUT"), ("a.example.com",), "/b/*")
    condition = spec.header_conditions[0]
    assert (condition.name, condition.operator, condition.value) == ("x-canary", "equals", "1")
    assert spec.required_permissions == ("a.read", "b.read")
    assert spec.rewrite is not None
    assert (spec.rewrite.replacement, spec.rate_limit_rpm) == ("/c", None)


def test_deleted_and_inactive_routes_are_not_compiled():
    make_route("/off", is_active=False)
    gone = make_route("/gone")
    Route.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)
    assert route_specs() == ()


@pytest.mark.parametrize(
    "damage",
    [
        {"path_pattern": "/a/b*c"},
        {"target_url": "http://gone.example/"},
        {"hosts": ["not a host"]},
        {"hosts": {"a": 1}},
        {"header_conditions": [{"name": "a", "operator": "matches", "value": "("}]},
        {"plugins": {"gone": {}}},
        {"methods": "GET"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_g504_a_row_that_cannot_be_compiled_keeps_its_place_with_the_reason(damage):
    route = make_route("/a", priority=7)
    Route.objects.filter(pk=route.pk).update(**damage)
    (spec,) = route_specs()
    assert spec.problem
    assert (spec.id, spec.priority, spec.methods) == (str(route.pk), 7, ())


def test_g105_the_database_itself_refuses_a_second_live_row():
    first = make_route("/a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Route(service=first.service, path_pattern="/a", target_url="/", methods=["GET"]).save()


@pytest.mark.parametrize(
    "values",
    [{"priority": 1001}, {"timeout_seconds": 0}, {"retry_count": 11}, {"rate_limit_rpm": 0}, {"path_pattern": "a"}],
)
def test_the_database_itself_refuses_what_is_out_of_range(values):
    route = make_route("/a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Route.objects.filter(pk=route.pk).update(**values)


def test_compiling_costs_two_queries_however_many_routes(django_assert_num_queries):
    for number in range(10):
        make_route(f"/n/{number}", required_permissions=["a", f"p{number}"])
    with django_assert_num_queries(2):
        assert len(route_specs()) == 10
