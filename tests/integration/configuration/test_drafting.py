"""What a change did to rows, written down as changes of a set, does the same when those are made (G-501)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from configuration.changesets.apply import apply
from configuration.changesets.drafting import Drafting
from configuration.changesets.item import items_of
from configuration.changesets.told import told
from configuration.kinds import KINDS
from configuration.write import write
from gateway_project.rest import access
from gateway_project.rest.errors import BadRequest
from permissions.models import Consumer, Grant, Permission, Role, TokenIssuer
from revisions.change import change
from revisions.current import current_revision
from routing.models import GlobalPlugin, Route
from services.models import ServiceInstance
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_instance, make_permission, make_route

pytestmark = pytest.mark.django_db

ISSUER = {"name": "partner", "algorithms": ["HS256"], "secret": "x" * 64}
CREATIONS: dict[str, dict[str, Any]] = {
    "permission": {"permission_code": "order.read", "permission_name": "Read orders"},
    "role": {"name": "clerk", "description": "reads"},
    "issuer": ISSUER,
    "service": {
        "name": "orders", "labels": {"team": "shop"}, "limits": {"rate_limit_rpm": 60},
    },
    "instance": {**INSTANCE_BODY, "weight": 7, "metadata": {"rack": 4}},
    "route": {
        **ROUTE_BODY, "required_permissions": ["user.read"], "labels": {"a": "b"}, "hosts": ["api.example.com"],
        "rewrite": {"regex": "^/a", "replacement": "/b"}, "plugins": {"cors": {"allow_origins": ["https://a.example"]}},
    },
    "consumer": {"name": "shop", "labels": {"a": "b"}, "jwt_subject": "shop", "rate_limit_rpm": 5},
    "grant": {"permission": "user.read", "role": "editor"},
    "global_plugin": {"name": "cors", "config": {"allow_origins": ["https://a.example"]}},
}  # fmt: skip
UPDATES: dict[str, dict[str, Any]] = {
    "permission": {"permission_name": "See orders"},
    "role": {"description": "sees"},
    "issuer": {"secret": "y" * 64, "leeway_seconds": 5},
    "service": {"labels": {}, "limits": {"rate_limit_rpm": None}, "circuit_breaker": {"max_failures": 9}},
    "instance": {"status": "draining", "weight": 9, "metadata": {}},
    "route": {"required_permissions": [], "method": "ANY", "rewrite": None, "plugins": {}, "labels": {"a": "c"}},
    "consumer": {"labels": {}, "jwt_subject": None},
    "grant": {"expires_at": "2099-01-01 00:00:00"},
    "global_plugin": {"config": {"allow_origins": ["https://b.example"]}},
}


@pytest.fixture(autouse=True)
def parents(db: None) -> None:
    make_permission("user.read")
    Role.objects.get_or_create(name="editor")


def drafted(act: Callable[[], Any]) -> list[dict[str, Any]]:
    watching = Drafting()
    with change("me", foresight=watching):
        act()
    return watching.result()


def stored(kind: str) -> list[dict[str, Any]]:
    """Every row as GET shows it, without what differs by the moment it was made in."""
    moving = {"id", "created_at", "updated_at", "registered_at", "granted_at", "granted_by"}
    return [
        {name: value for name, value in KINDS[kind].document(row).items() if name not in moving}
        for row in KINDS[kind].rows()
    ]


def make(changes: list[dict[str, Any]]) -> None:
    with change("me"):
        apply(items_of(json.loads(json.dumps(changes))), access.LOCAL)


def done(action: Any, kind: str, name: str, data: dict[str, Any]) -> Any:
    with change("me"):
        return write(action, KINDS[kind], name, data, access.LOCAL)


@pytest.mark.parametrize("kind", CREATIONS)
def test_g501_what_is_made_changed_and_deleted_by_hand_is_made_changed_and_deleted_by_the_set(kind):
    start = stored(kind)
    first = done("create", kind, "", CREATIONS[kind])
    made = stored(kind)
    done("update", kind, first.id, UPDATES[kind])
    changed = stored(kind)
    done("delete", kind, first.id, {})
    assert stored(kind) == start
    creation = drafted(lambda: write("create", KINDS[kind], "", CREATIONS[kind], access.LOCAL))
    make(creation)
    assert stored(kind) == made
    identity = next(str(row.pk) for row in KINDS[kind].rows() if KINDS[kind].natural_key(row) == second_name(creation))
    make(drafted(lambda: write("update", KINDS[kind], identity, UPDATES[kind], access.LOCAL)))
    assert stored(kind) == changed
    deletion = drafted(lambda: write("delete", KINDS[kind], identity, {}, access.LOCAL))
    assert deletion == [{"action": "delete", "kind": kind, "id": identity}]
    make(deletion)
    assert stored(kind) == start


def second_name(creation: list[dict[str, Any]]) -> str:
    """The natural key of what the set has made."""
    one = next(one for one in creation if one["action"] == "create")
    rows = KINDS[one["kind"]].rows()
    return str(KINDS[one["kind"]].natural_key(max(rows, key=lambda row: str(getattr(row, "created_at", row.pk)))))


def test_a_secret_is_kept_for_publishing_and_told_to_nobody():
    creation = drafted(lambda: write("create", KINDS["issuer"], "", ISSUER, access.LOCAL))
    assert creation[0]["data"]["secret"] == ISSUER["secret"]
    assert ISSUER["secret"] not in str(told(creation, access.LOCAL))


def test_keys_and_what_rest_does_not_change_are_refused_with_their_names():
    done("create", "consumer", "", {"name": "shop"})
    with pytest.raises(BadRequest) as refused:
        drafted(lambda: write("create", KINDS["credential"], "", {"consumer": "shop", "kind": "api_key"}, access.LOCAL))
    assert "api_key/" in str(refused.value.content)
    instance = make_instance("orders")
    with pytest.raises(BadRequest) as moved:
        drafted(lambda: ServiceInstance.objects.filter(pk=instance.pk).update(host="10.0.0.9", weight=1))
    assert "host" in str(moved.value.content)


def test_a_consumer_goes_with_its_keys_and_grants_as_one_change():
    consumer = Consumer.objects.create(name="shop")
    done("create", "credential", "", {"consumer": "shop", "kind": "api_key"})
    Grant.objects.create(permission=Permission.objects.get(code="user.read"), consumer=consumer)
    found = drafted(consumer.delete)
    assert [(one["action"], one["kind"]) for one in found] == [("delete", "consumer")]


def test_many_rows_are_read_together_and_nothing_is_stored(django_assert_max_num_queries):
    routes = [make_route(f"/r{number}") for number in range(30)]
    before = current_revision()

    def relabel() -> None:
        Route.objects.filter(pk__in=[one.pk for one in routes]).update(priority=3)

    with django_assert_max_num_queries(16):
        found = drafted(relabel)
    assert [one["data"] for one in found] == [{"priority": 3}] * 30
    assert (current_revision(), Route.objects.filter(priority=3).count()) == (before, 0)
    with django_assert_max_num_queries(3):
        assert len(told(found, access.LOCAL)) == 30


def test_only_what_was_named_by_nobody_is_left(db):
    assert not TokenIssuer.objects.exists()
    assert not GlobalPlugin.objects.exists()
    assert drafted(lambda: None) == []
