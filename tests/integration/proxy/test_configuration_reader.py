"""What is read by following revisions is what reading every row would give (G-104)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from permissions.models import Consumer, Credential, Grant, Permission, RevokedToken, Role, TokenIssuer
from proxy.snapshot.loader import ConfigurationReader, Reading, load_configuration, rehearsed
from revisions.as_of import as_of
from revisions.change import change
from revisions.current import current_revision
from revisions.models import Revision
from revisions.rehearsal import Blind
from revisions.restore import restore_configuration
from routing.models import GlobalPlugin, Route, RoutePermission
from routing.required import require_permissions
from services.models import Service, ServiceInstance
from services.owned_names import owned_names
from tests.common.factories import make_instance, make_permission, make_route, make_service
from tests.common.teams import team

pytestmark = pytest.mark.django_db

CHOICE = random.Random(7)


def some(rows):
    return CHOICE.choice(list(rows.order_by("pk")))


def save(row, **values) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def credential(consumer: Consumer) -> None:
    row = Credential(consumer=consumer, name="key")
    row.give_key()
    row.save()


STEPS: dict[str, Callable[[], object]] = {
    "a route": lambda: make_route(f"/r{CHOICE.randrange(10**9)}/*", target_url="/*", service=some(Service.objects)),
    "another limit": lambda: save(some(Route.objects.live()), rate_limit_rpm=CHOICE.randrange(1, 99)),
    "another path": lambda: save(some(Route.objects.live()), path_pattern=f"/p{CHOICE.randrange(10**9)}"),
    "off": lambda: save(some(Route.objects.live()), is_active=False),
    "on again": lambda: Route.objects.filter(is_active=False).update(is_active=True),
    "removed": lambda: save(some(Route.objects.live()), deleted_at=timezone.now()),
    "brought back": lambda: Route.objects.exclude(deleted_at=None).update(deleted_at=None),
    "permissions": lambda: require_permissions(some(Route.objects.live()), list(Permission.objects.all()[:2])),
    "no permissions": lambda: RoutePermission.objects.all().delete(),
    "another service": lambda: save(some(Route.objects.live()), service=some(Service.objects)),
    "an absolute target": lambda: Route.objects.filter(pk=some(Route.objects.live()).pk).update(
        target_url=f"http://h{CHOICE.randrange(9)}.example/x", path_pattern=f"/abs{CHOICE.randrange(10**9)}"
    ),
    "a service": lambda: make_service(f"s{CHOICE.randrange(10**9)}"),
    "a service renamed": lambda: save(some(Service.objects), name=f"n{CHOICE.randrange(10**9)}"),
    "a policy": lambda: save(some(Service.objects), slow_start_seconds=CHOICE.randrange(9)),
    "retries": lambda: save(some(Service.objects), retry_count=CHOICE.randrange(9)),
    "a strategy": lambda: save(
        some(Service.objects), load_balance_strategy=CHOICE.choice(["", "random", "least_connections"])
    ),
    "an instance": lambda: make_instance(some(Service.objects), instance_id=str(CHOICE.randrange(10**9))),
    "draining": lambda: ServiceInstance.objects.update(status="draining"),
    "instances gone": lambda: ServiceInstance.objects.filter(weight=100).delete(),
    "a code": lambda: save(some(Permission.objects.filter(is_system=False)), code=f"c{CHOICE.randrange(10**9)}"),
    "a permission": lambda: make_permission(f"p{CHOICE.randrange(10**9)}"),
    "a role's grant": lambda: Grant.objects.create(
        permission=make_permission(f"g{CHOICE.randrange(10**9)}"),
        role=Role.objects.create(name=f"role{CHOICE.randrange(10**9)}"),
    ),
    "a consumer": lambda: credential(Consumer.objects.create(name=f"u{CHOICE.randrange(10**9)}")),
    "no consumers": lambda: Consumer.objects.all().delete(),
    "an issuer": lambda: TokenIssuer.objects.create(
        name=f"i{CHOICE.randrange(10**9)}", issuer=f"i{CHOICE.randrange(10**9)}", algorithms=["HS256"], secret="s" * 40
    ),
    "revoked": lambda: RevokedToken.objects.create(
        jti=str(CHOICE.randrange(10**9)), expires_at=timezone.now() + timedelta(hours=1)
    ),
    "a plugin": lambda: GlobalPlugin.objects.update_or_create(
        name="request_id", defaults={"config": {"enabled": bool(CHOICE.randrange(2))}}
    ),
    "the past": lambda: restore_configuration(max(1, current_revision() - 3)),
    "pruned": lambda: Revision.objects.filter(number__lt=current_revision()).update(recorded=False),
    "nothing": lambda: None,
}


def several() -> None:
    with change():
        for name in CHOICE.sample(["a route", "a service", "a policy", "draining", "another limit"], 3):
            STEPS[name]()


STEPS["several at once"] = several


@pytest.fixture
def reader() -> ConfigurationReader:
    service = make_service("orders")
    make_instance(service, instance_id="one")
    for name in "abcd":
        make_route(f"/{name}", service=service, required_permissions=["user.read"])
    return ConfigurationReader()


def test_g104_a_walk_through_all_kinds_of_changes_reads_as_the_rows_do(reader):
    assert reader.load() == load_configuration()
    names = [*STEPS, *CHOICE.choices(list(STEPS), k=90)]
    CHOICE.shuffle(names)
    for number, name in enumerate(names):
        if not Route.objects.live().exists():
            STEPS["a route"]()
        STEPS[name]()
        if number % 3 == 0:
            continue  # several revisions are followed at once too
        assert reader.load() == load_configuration(), f"after {name}, step {number}"


def test_one_route_of_many_is_read_alone(reader):
    for number in range(60):
        make_route(f"/many/{number}", service="orders", required_permissions=["user.read"])
    reader.load()
    save(some(Route.objects.live()), priority=5)
    with CaptureQueriesContext(connection) as seen:
        reader.load()
    rows = [one["sql"] for one in seen if "routing_route" in one["sql"] and "IN (" in one["sql"].upper()]
    assert rows, "the routes are asked for by id"
    assert len(seen) < 12


def test_too_many_changes_are_read_whole(reader, monkeypatch):
    monkeypatch.setattr("revisions.since.MOST_ITEMS", 3)
    reader.load()
    Route.objects.update(priority=7)
    assert reader.load() == load_configuration()


def test_what_is_forgotten_is_read_anew(reader):
    held = reader.load()
    with connection.cursor() as cursor:  # past the models, as a restored backup would
        cursor.execute("UPDATE routing_route SET priority = 9")
    assert reader.load() == held
    reader.forget()
    assert {route.priority for route in reader.load().routes} == {9}


def test_a_database_that_was_put_back_is_read_anew(reader):
    held = reader.load()
    with connection.cursor() as cursor:  # another history that has come to the same number
        cursor.execute("UPDATE routing_route SET priority = 9")
        cursor.execute("UPDATE revisions_revision SET created_at = %s", [timezone.now()])
    assert {route.priority for route in reader.load().routes} == {9}
    assert reader.load().revision == held.revision


class Compared(Blind):
    """What is read in a rehearsal, and what reading every row gives then."""

    def __init__(self, before: Reading) -> None:
        self.before, self.equal = before, False

    def look(self, rows):
        self.equal = bool(rows) and rehearsed(self.before, rows) == load_configuration()

    def effects(self):
        return {"equal": self.equal}


def test_g501_what_a_rehearsal_has_made_is_read_and_not_kept(reader):
    for name in [
        "a route",
        "another limit",
        "a service renamed",
        "retries",
        "a code",
        "an absolute target",
        "draining",
    ]:
        before = reader.read()
        with change(foresight=Compared(before)) as current:
            STEPS[name]()
        assert current.effects == {"equal": True}, name
        assert reader.load() == before.configuration


def test_a_rehearsal_of_too_many_rows_is_read_whole(reader, monkeypatch):
    monkeypatch.setattr("proxy.snapshot.loader.MOST_ITEMS", 3)
    before = reader.read()
    with change() as current:
        Route.objects.update(priority=7)
        assert rehearsed(before, list(current.recorder.changes())) == load_configuration()


def test_who_owns_services_in_a_rehearsal_or_in_the_past_is_not_remembered(reader):
    owner = team("shop")
    before = current_revision()
    Service.objects.update(owner=owner)
    reader.load()
    with as_of(before):
        load_configuration()
    assert "orders" in owned_names()
    with change(foresight=Compared(reader.read())):
        Service.objects.update(owner=None)
    assert "orders" in owned_names()
