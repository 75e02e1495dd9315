"""Every kind of row by its name, and the one write that change sets, batches and files are made of."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from configuration.kinds import KINDS, kind_named, kind_of
from configuration.write import write
from gateway_project.rest import access
from gateway_project.rest.errors import BadRequest, Conflict, NotFound
from revisions.change import change
from revisions.models import Revision
from routing.models import Route
from services.models import Service
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_permission, make_route

pytestmark = pytest.mark.django_db

BODIES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "permission": ({"permission_code": "a/b", "permission_name": "x"}, "a/b", {"description": "why"}),
    "service": (
        {"name": "team/orders", "limits": {"rate_limit_rpm": 60}, "plugins": {"cors": {"enabled": False}}},
        "team/orders",
        {"circuit_breaker": {"max_failures": 2}, "name": "orders"},
    ),
    "instance": ({**INSTANCE_BODY, "service_name": "a/b", "instance_id": "c/d"}, "a/b/c/d", {"weight": 7}),
    "route": ({**ROUTE_BODY, "name": "users"}, "users", {"priority": 3, "name": "people"}),
    "role": ({"name": "editor"}, "editor", {"description": "edits"}),
    "issuer": (
        {"name": "partner", "issuer": "https://partner", "algorithms": ["HS256"], "secret": "s" * 40},
        "partner",
        {"leeway_seconds": 5},
    ),
    "consumer": ({"name": "shop"}, "shop", {"rate_limit_rpm": 5}),
    "credential": (
        {"consumer": "owner", "kind": "basic", "username": "alice/b", "password": "correct horse battery"},
        "basic/alice/b",
        {"is_active": False},
    ),
    "grant": (
        {"permission": "service.read", "user": "u/1"},
        "service.read/user:u/1",
        {"expires_at": "2099-01-01 00:00:00"},
    ),
    "global_plugin": ({"name": "cors", "config": {"enabled": False}}, "cors", {"config": {"allow_origins": ["*"]}}),
}
"""Kind → the data of a new row, its natural key, what is changed of it."""


def written(action: str, name: str, identity: str = "", data: dict[str, Any] | None = None) -> Any:
    with change():
        return write(action, kind_named(name), identity, data or {}, access.LOCAL)


@pytest.fixture
def _owner() -> None:
    written("create", "consumer", data={"name": "owner"})


@pytest.mark.usefixtures("_owner")
@pytest.mark.parametrize("name", BODIES)
def test_g501_a_row_of_every_kind_is_made_changed_and_removed_by_its_name(name: str):
    body, key, changes = BODIES[name]
    made = written("create", name, data=body)
    assert (made.name, made.before, made.kind.model.objects.filter(pk=made.row.pk).count()) == (key, None, 1)
    assert kind_of(made.row) is made.kind
    changed = written("update", name, key, changes)
    assert changed.before == made.after
    assert set(changed.fields) - {"updated_at"} == set(changes)
    by_id = written("update", name, str(made.row.pk), changes)
    assert by_id.fields == []
    gone = written("delete", name, changed.name)
    assert (gone.before, gone.after) == (changed.after, None)
    with pytest.raises(NotFound):
        written("delete", name, changed.name)


def test_several_writes_in_one_change_are_one_revision():
    before = Revision.objects.count()
    with change():
        write("create", kind_named("consumer"), "", {"name": "shop"}, access.LOCAL)
        write("update", kind_named("consumer"), "shop", {"description": "a shop"}, access.LOCAL)
    assert Revision.objects.count() == before + 1


def test_what_rest_refuses_is_refused_in_its_words():
    with pytest.raises(ValidationError) as refused:
        written("create", "route", data={**ROUTE_BODY, "path_pattern": "/admin/*", "colour": "red", "method": ""})
    assert set(refused.value.detail) == {"path_pattern", "colour", "method"}
    make_permission("user.read")
    with pytest.raises(Conflict):
        written("create", "permission", data={"permission_code": "user.read", "permission_name": "x"})
    with pytest.raises(BadRequest) as refused_credential:
        written("create", "credential", data={"kind": "oauth"})
    assert set(refused_credential.value.content["errors"]) == {"kind", "consumer"}
    with pytest.raises(BadRequest):
        written("update", "route")
    with pytest.raises(BadRequest):
        kind_named("colour")


@pytest.mark.parametrize("name", ["service", "global_plugin"])
def test_a_second_row_of_one_name_is_a_conflict(name: str):
    body = BODIES[name][0]
    written("create", name, data=body)
    with pytest.raises(Conflict):
        written("create", name, data=body)


def test_routes_of_one_name_are_told_apart_by_id():
    first, second = make_route("/a", name="same"), make_route("/b", name="same")
    with pytest.raises(Conflict) as refused:
        written("delete", "route", "same")
    assert set(refused.value.content["conflicts_with"]) == {str(first.pk), str(second.pk)}
    written("delete", "route", str(first.pk))
    assert kind_named("route").find("same") == second
    nameless = make_route("/c")
    assert kind_named("route").find(kind_named("route").natural_key(nameless)) == nameless


def test_a_name_that_no_row_can_have_is_not_found():
    for kind in KINDS.values():
        for text in ("", "\x00", "/", "9" * 50, "/".join("abcdef"), "\ud800"):
            with pytest.raises(NotFound):
                kind.find(text)


def test_a_service_goes_with_its_instances_and_deleted_routes_but_not_with_live_ones():
    written("create", "instance", data=INSTANCE_BODY)
    route = written("create", "route", data=ROUTE_BODY).row
    with pytest.raises(Conflict) as refused:
        written("delete", "service", "user-service")
    assert refused.value.content == {"used_by": [f"route {route} ({route.pk})"]}
    written("delete", "route", str(route.pk))
    written("delete", "service", "user-service")
    assert not Service.objects.exists()
    assert not Route.objects.exists()
