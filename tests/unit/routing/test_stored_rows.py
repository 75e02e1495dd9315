"""Rows read in bulk come to the specs, and the problems, that each has when it is read alone (G-504)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from routing import stored_rows
from routing.compile import live_routes, route_specs
from routing.models import Route
from tests.common.factories import make_route, make_service

pytestmark = pytest.mark.django_db

FIELDS: list[dict[str, Any]] = [
    {},
    {"name": "a name"},
    {"description": "words", "labels": {"a": "b"}},
    {"methods": ["GET", "PUT"], "hosts": ["a.example.com"]},
    {"header_conditions": [{"name": "X-Canary", "value": "1"}]},
    {"query_conditions": [{"name": "q", "operator": "present"}]},
    {"client_cidrs": ["10.0.0.0/8"], "priority": -7},
    {"strip_path": True, "preserve_host": True, "max_body_bytes": 1},
    {"rewrite": {"regex": "^/b", "replacement": "/c"}, "rate_limit_rpm": None},
    {"required_permissions": ["b.read", "a.read"], "permission_check_strategy": "all"},
    {"load_balance_strategy": "hash", "hash_key": "header:x-a"},
    {"cache_enabled": True, "cache_ttl_seconds": 9, "timeout_seconds": 2, "retry_count": 0},
    {"plugins": {"request_id": {"enabled": False}}},
    {"path_handling": "keep_encoded", "version": "v2", "circuit_breaker_enabled": False},
]  # fmt: skip
DAMAGES: list[dict[str, Any]] = [
    {"path_pattern": "/a/b*c"},
    {"target_url": "http://gone.example/"},
    {"target_url": "/%zz"},
    {"hosts": ["not a host"]},
    {"hosts": {"a": 1}},
    {"hosts": "a.example.com"},
    {"header_conditions": [{"name": "a", "operator": "matches", "value": "("}]},
    {"query_conditions": {}},
    {"client_cidrs": ["no network"]},
    {"plugins": {"gone": {}}},
    {"plugins": []},
    {"methods": "GET"},
    {"labels": 1},
    {"name": "a\nb"},
    {"rewrite": {"regex": "("}},
    {"path_kind": "regex", "path_pattern": "/("},
    {"path_kind": "other"},
    {"hash_key": "nonsense"},
    {"load_balance_strategy": "nonsense"},
    {"permission_check_strategy": "no"},
]


def specs_one_by_one() -> tuple[Any, ...]:
    """As they are read by id, which is how changed ones are."""
    ids = [str(pk) for pk in live_routes().values_list("pk", flat=True)]
    return tuple(spec for one in ids for spec in route_specs([one]))


@pytest.fixture
def rows() -> None:
    service = make_service("orders", retry_count=2, load_balance_strategy="random")
    for number, fields in enumerate([*FIELDS, *FIELDS, *({} for _ in DAMAGES)]):
        make_route(f"/n/{number}/*", target_url="/b/*", service=service if number % 2 else "others", **fields)
    damaged = list(live_routes())[-len(DAMAGES) :]
    for route, damage in zip(damaged, DAMAGES, strict=True):
        Route.objects.filter(pk=route.pk).update(**damage)


@pytest.mark.usefixtures("rows")
def test_g504_rows_read_in_bulk_are_judged_as_each_alone():
    found = route_specs()
    assert found == specs_one_by_one()
    assert 15 < sum(bool(spec.problem) for spec in found) <= len(DAMAGES), "an empty value is none to object to"


@pytest.mark.usefixtures("rows")
def test_more_different_values_than_are_remembered_change_nothing(monkeypatch):
    monkeypatch.setattr(stored_rows, "MOST_KNOWN", 2)
    monkeypatch.setattr(stored_rows, "CHUNK", 5)
    assert route_specs() == specs_one_by_one()


@pytest.mark.usefixtures("rows")
def test_what_one_row_has_wrong_is_not_held_against_another_with_the_same_values():
    chance = random.Random(3)
    for route in chance.sample(list(live_routes()), 5):
        Route.objects.filter(pk=route.pk).update(target_url="/b")
    assert route_specs() == specs_one_by_one()
