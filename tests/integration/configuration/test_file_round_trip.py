"""G-502: what is exported and imported again is the same, to the byte."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from configuration.files.exporting import exported
from configuration.files.file_kinds import FILE_KINDS
from configuration.files.importing import prepared
from configuration.files.reading import read_document
from configuration.files.selection import Selection
from configuration.files.writing import as_json, as_yaml
from gateway_project.rest import access
from permissions import key_hash
from permissions.models import Consumer, Credential, Grant, Permission, Role, TokenIssuer
from proxy.demo.seed import plant
from revisions.change import change
from revisions.models import Revision
from routing.models import GlobalPlugin, Route
from services.models import Service, ServiceInstance
from tests.common.factories import make_instance, make_route, make_service
from tests.common.random_configuration import CONFIGURATIONS
from tests.common.teams import team

pytestmark = pytest.mark.django_db

SECRETS = {"GATEWAY_SECRET_ISSUER_PARTNER": "a shared secret of thirty-two bytes or more"}
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


def written(**options: Any) -> str:
    return as_yaml(exported(access.LOCAL, Selection(), **options))


def read(text: str, environment: dict[str, str] | None = None, *, prune: bool = True) -> Any:
    """Imports; the plan that was carried out."""
    with change(actor="tester"):
        made = prepared(read_document(text.encode()), access.LOCAL, environment=environment or {}, prune=prune)
        made.carry_out(access.LOCAL, "tester")
    return made.plan


def whole_configuration() -> None:
    """Rows of every kind, with everything that is special about one of them."""
    plant()
    team("shop")
    service = make_service("users", labels={"team": "shop"}, breaker_max_failures=3, breaker_error_rate=0.5)
    Service.objects.filter(pk=service.pk).update(owner=team("shop"))
    make_instance(service, instance_id="b", host="2001:db8::1", status="draining", metadata={"zone": "a", "no": None})
    make_instance(service, instance_id="leased", lease_seconds=30)
    make_route(
        "/b",
        service=service,
        methods=["GET", "POST"],
        required_permissions=["user.read"],
        plugins={"cors": {"enabled": False}},
    )
    make_route("/c/*", service=service, name="twice", rate_limit_rpm=None)
    make_route("/d/*", service=service, name="twice", description="of ${nobody}\nand more")
    consumer = Consumer.objects.create(name="shop", labels={"team": "shop"}, jwt_subject="shop@example")
    key = Credential(consumer=consumer, name="main")
    key.give_key()
    key.save()
    basic = Credential(consumer=consumer, identifier="bob")
    basic.give_password("correct horse battery")
    basic.save()
    permission = Permission.objects.get(code="user.read")
    Grant.objects.create(permission=permission, consumer=consumer)
    Grant.objects.create(permission=permission, role=Role.objects.create(name="editor"))
    Grant.objects.create(permission=permission, user="u1")
    TokenIssuer.objects.create(name="partner", algorithms=["HS256"], secret=SECRETS["GATEWAY_SECRET_ISSUER_PARTNER"])
    GlobalPlugin.objects.create(name="request_id", config={"header": "X-Id"})


def test_g502_a_whole_configuration_goes_out_and_comes_back_to_the_byte():
    whole_configuration()
    text = written(with_hashes=True, with_ids=True)
    ids = set(Route.objects.live().values_list("pk", flat=True))
    assert not read(text, SECRETS).changes
    read("format: 1\n")
    Route.objects.all().delete()
    assert written() != text
    read(text, SECRETS)
    assert written(with_hashes=True, with_ids=True) == text
    assert set(Route.objects.live().values_list("pk", flat=True)) == ids
    assert TokenIssuer.objects.get().secret == SECRETS["GATEWAY_SECRET_ISSUER_PARTNER"]


def test_g502_the_demo_goes_out_and_comes_back_to_the_byte_as_yaml_and_as_json():
    plant()
    text = written()
    document = as_json(exported(access.LOCAL, Selection()))
    read("format: 1\n")
    read(text)
    assert written() == text
    read("format: 1\n")
    read(document)
    assert (written(), as_json(exported(access.LOCAL, Selection()))) == (text, document)


def test_g502_an_import_that_changes_nothing_raises_no_revision():
    whole_configuration()
    text = written()
    number = Revision.objects.count()
    assert not read(text, {}).changes
    assert Revision.objects.count() == number


def test_g502_no_secret_is_ever_exported():
    whole_configuration()
    text = written() + written(with_hashes=True, with_ids=True)
    assert SECRETS["GATEWAY_SECRET_ISSUER_PARTNER"] not in text
    assert "secret: ${GATEWAY_SECRET_ISSUER_PARTNER}" in text
    assert Credential.objects.filter(kind="basic").get().digest not in written()


@FEW
@given(CONFIGURATIONS, st.data())
def test_g502_any_configuration_goes_out_and_comes_back_to_the_byte(document: dict[str, Any], data: st.DataObject):
    names = st.sampled_from([service["name"] for service in document["services"]])
    for route in document["routes"]:
        route["service_name"] = data.draw(names)
        route.setdefault("method", "GET")
    with change():
        made = prepared({"format": 1, **_escaped(document)}, access.LOCAL, environment={}, prune=True)
        made.carry_out(access.LOCAL, "tester")
    text = written()
    assert not read(text).changes
    read("format: 1\n")
    read(text)
    assert written() == text


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {key: _escaped(inner) for key, inner in value.items()}
    return [_escaped(inner) for inner in value] if isinstance(value, list) else value


LEFT_OUT = {
    "id", "service", "consumer", "kind", "created_at", "updated_at", "registered_at", "granted_at", "granted_by",
    "deleted_at", "duplicate_key", "last_health_check", "lease_seconds", "lease_expires_at",
}  # fmt: skip
"""Columns a file does not hold: ids, parents, times, what the gateway finds out, leases of instances."""


@pytest.mark.parametrize("name", FILE_KINDS)
def test_g502_every_column_of_every_kind_is_in_a_file(name: str):
    kind = FILE_KINDS[name]
    sources = {column.source for column in kind.reader.columns}
    held = {kind.relations[source][0] if source in kind.relations else source for source in sources}
    assert {field.name for field in kind.model._meta.concrete_fields} - held - LEFT_OUT <= {"last_characters"}


def test_g502_two_routes_may_swap_their_paths_and_two_consumers_their_subjects():
    service = make_service("s")
    for name, path in (("one", "/1"), ("two", "/2")):
        make_route(path, service=service, name=name)
        Consumer.objects.create(name=name, jwt_subject=f"subject {path}")
    text = written()
    for old, new in (("/1", "/3"), ("/2", "/1"), ("/3", "/2")):
        text = text.replace(old, new)
    plan = read(text)
    assert {(one.action, one.kind, one.name) for one in plan.changes} == {
        ("update", kind, name) for kind in ("route", "consumer") for name in ("one", "two")
    }
    assert Route.objects.get(name="one").path_pattern == "/2"
    assert Consumer.objects.get(name="two").jwt_subject == "subject /1"
    assert not read(text).changes


def test_g502_new_objects_may_take_what_old_ones_leave_whatever_their_order_in_the_file():
    service = make_service("s")
    for number in (1, 3):
        make_route(f"/{number}", service=service, name=f"route {number}")
        Consumer.objects.create(name=f"consumer {number}", jwt_subject=f"subject {number}")
    route = "{{name: route {0}, service_name: s, path_pattern: /{1}, target_url: /x, method: GET}}"
    consumer = "{{name: consumer {0}, jwt_subject: subject {1}}}"
    moves = [(0, 1), (1, 3), (2, 4), (3, 5)]  # a new one where an old one was, an old one where another was
    text = "format: 1\nservices: [{name: s}]\n"
    text += f"routes: [{', '.join(route.format(*move) for move in moves)}]\n"
    text += f"consumers: [{', '.join(consumer.format(*move) for move in moves)}]\n"
    read(text)
    assert dict(Route.objects.live().values_list("name", "path_pattern")) == {f"route {a}": f"/{b}" for a, b in moves}
    assert {(one.name, one.jwt_subject) for one in Consumer.objects.all()} == {
        (f"consumer {a}", f"subject {b}") for a, b in moves
    }


def test_g502_a_path_is_free_for_another_route_as_soon_as_its_own_is_pruned():
    make_route("/a", service="s", name="old")
    plan = read(written().replace("name: old", "name: new").replace("/a\n", "/a\n  priority: 0\n"))
    assert [one.action for one in plan.changes] == ["update"]


def test_g502_a_permission_goes_once_no_route_needs_it():
    make_route("/a", service="s", name="a", required_permissions=["user.read", "user.write"])
    text = written().replace("  - user.write\n", "")
    text = text.replace("- permission_code: user.write\n  permission_name: user.write\n", "")
    read(text)
    assert not Permission.objects.filter(code="user.write").exists()
    assert written() == text


def test_g502_a_drained_instance_stays_drained_unless_the_file_says_otherwise():
    instance = make_instance("s", instance_id="a", status="draining")
    text = written()
    assert "status: draining" in text
    read(text.replace("    status: draining\n", ""))
    instance.refresh_from_db()
    assert instance.status == "draining"
    read(text.replace("draining", "healthy"))
    instance.refresh_from_db()
    assert instance.status == "healthy"


def test_g502_instances_that_register_themselves_are_in_no_file():
    make_instance("s", instance_id="leased", lease_seconds=30)
    assert "leased" not in written()
    assert not read(written()).changes
    assert ServiceInstance.objects.filter(instance_id="leased").exists()


def test_g502_a_key_comes_from_a_variable_and_is_the_same_key_afterwards():
    key = key_hash.make_key(12345)
    text = "format: 1\nconsumers: [{name: shop, keys: [{key: '${KEY}', name: main}]}]\n"
    assert read(text, {"KEY": key}, prune=False).changes
    row = Credential.objects.get()
    assert (row.identifier, row.digest) == (key_hash.key_prefix(key), key_hash.key_digest(key))
    assert not read(text, {"KEY": key}, prune=False).changes


def test_g502_a_password_that_is_the_stored_one_is_no_change():
    text = "format: 1\nconsumers: [{name: shop, basic: [{username: bob, password: '${PW}'}]}]\n"
    assert read(text, {"PW": "correct horse battery"}, prune=False).changes
    assert not read(text, {"PW": "correct horse battery"}, prune=False).changes
    assert not read(text, {}, prune=False).changes
    changed = read(text, {"PW": "another horse battery"}, prune=False).changes
    assert [(one.action, one.kind) for one in changed] == [("update", "basic")]


def test_g502_a_demo_is_exported_by_the_command(tmp_path: Any):
    plant()
    call_command("export_config", output=str(tmp_path / "a.json"))
    assert read_document((tmp_path / "a.json").read_bytes())["format"] == 1
