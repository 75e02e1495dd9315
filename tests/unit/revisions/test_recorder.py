"""What a revision keeps of each row it changed (G-500)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import NotSupportedError
from django.utils import timezone

from permissions.models import Consumer, Grant, Permission, RevokedToken, Role
from revisions.change import change
from revisions.current import current_revision
from revisions.models import Revision, RevisionItem
from routing.models import Route, RoutePermission
from services.models import Service, ServiceInstance

pytestmark = pytest.mark.django_db


def route(path: str = "/a", **values: object) -> Route:
    service = Service.objects.get_or_create(name="orders")[0]
    return Route.objects.create(service=service, path_pattern=path, target_url=path, methods=["GET"], **values)


def write_and_fail() -> None:
    with change():
        Role.objects.create(name="lost")
        raise ZeroDivisionError


def newest() -> list[tuple[str, str, str]]:
    items = RevisionItem.objects.filter(revision=current_revision())
    return [(item.action, item.kind, item.name) for item in items]


def item(kind: str) -> RevisionItem:
    return RevisionItem.objects.get(revision=current_revision(), kind=kind)


def test_g500_a_new_row_is_kept_whole_with_the_name_people_know_it_by():
    row = route("/a")
    found = item("route")
    assert (found.action, found.name, found.object_id, found.before) == ("create", "GET /a", str(row.pk), None)
    assert found.after["path_pattern"] == "/a"
    assert found.after["service_id"] == str(row.service_id)
    assert found.service_id == row.service_id


def test_g500_a_changed_row_is_kept_as_it_was_and_as_it_is():
    row = route("/a")
    row.priority = 7
    row.save()
    found = item("route")
    assert found.action == "update"
    assert (found.before["priority"], found.after["priority"]) == (0, 7)


def test_g500_a_row_written_several_times_in_a_change_is_one_item_from_the_first_to_the_last_state():
    row = route("/a")
    with change():
        for priority in (1, 2, 3):
            Route.objects.filter(pk=row.pk).update(priority=priority)
    found = item("route")
    assert (found.before["priority"], found.after["priority"]) == (0, 3)


def test_g500_a_route_marked_as_deleted_is_a_deletion_and_its_return_a_creation():
    row = route("/a")
    for moment, action in ((timezone.now(), "delete"), (None, "create")):
        row.deleted_at = moment
        row.save(update_fields=["deleted_at"])
        assert newest() == [(action, "route", "GET /a")]


@pytest.mark.parametrize("by", ["row", "queryset"])
def test_g500_what_a_deletion_takes_along_is_kept_too(by):
    consumer = Consumer.objects.create(name="mobile")
    permission = Permission.objects.create(code="user.read", name="Read")
    Grant.objects.create(permission=permission, consumer=consumer)
    consumer.delete() if by == "row" else Consumer.objects.filter(name="mobile").delete()
    assert sorted(newest()) == [
        ("delete", "consumer", "mobile"),
        ("delete", "grant", "user.read → consumer:mobile"),
    ]
    assert item("grant").before["permission_id"] == permission.pk


def test_g500_rows_between_a_route_and_its_permissions_are_kept():
    permission = Permission.objects.create(code="user.read", name="Read")
    row = route("/a")
    RoutePermission.objects.bulk_create([RoutePermission(route=row, permission=permission)])
    assert newest() == [("create", "required_permission", "GET /a → user.read")]
    assert item("required_permission").service_id == row.service_id


def test_g500_bulk_writes_are_kept_row_by_row():
    Service.objects.bulk_create([Service(name="x"), Service(name="y")])
    assert newest() == [("create", "service", "x"), ("create", "service", "y")]
    rows = list(Service.objects.order_by("name"))
    for row in rows:
        row.verify_tls = False
    Service.objects.bulk_update(rows, ["verify_tls"])
    assert sorted(newest()) == [("update", "service", "x"), ("update", "service", "y")]
    Service.objects.all().delete()
    assert sorted(newest()) == [("delete", "service", "x"), ("delete", "service", "y")]


@pytest.mark.parametrize(
    "write",
    [
        lambda row: row.save(),
        lambda row: Route.objects.filter(pk=row.pk).update(priority=row.priority, updated_at=timezone.now()),
        lambda row: Route.objects.bulk_update([row], ["path_pattern"]),
    ],
    ids=["save", "update", "bulk_update"],
)
def test_g500_a_write_of_the_same_values_is_no_revision(write):
    row = route("/a")
    before = current_revision()
    write(row)
    assert current_revision() == before


def test_g500_bookkeeping_alone_is_no_revision():
    service = Service.objects.create(name="orders")
    instance = ServiceInstance.objects.create(service=service, instance_id="a", host="127.0.0.1", port=1)
    before = current_revision()
    ServiceInstance.objects.filter(pk=instance.pk).update(
        last_health_check=timezone.now(), lease_expires_at=timezone.now()
    )
    assert current_revision() == before


def test_g500_what_is_written_and_taken_back_within_a_change_is_no_revision():
    before = current_revision()
    with change():
        Role.objects.create(name="gone")
        Role.objects.filter(name="gone").delete()
    assert current_revision() == before


def test_g500_what_an_inner_block_took_back_is_no_part_of_the_revision():
    with change():
        Role.objects.create(name="kept")
        with pytest.raises(ZeroDivisionError):
            write_and_fail()
    assert newest() == [("create", "role", "kept")]


def test_g500_times_are_kept_to_the_microsecond():
    row = route("/a")
    assert item("route").after["created_at"] == row.created_at.isoformat()


def test_g500_a_revision_of_many_rows_takes_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(20), change():
        Service.objects.bulk_create([Service(name=f"s{number}") for number in range(100)])
    assert RevisionItem.objects.filter(revision=current_revision()).count() == 100


def test_writes_that_leave_out_rows_silently_are_refused():
    row = RevokedToken(jti="x", expires_at=timezone.now() + timedelta(days=1))
    with pytest.raises(NotSupportedError):
        RevokedToken.objects.bulk_create([row], ignore_conflicts=True)


def test_g500_a_revision_says_that_its_items_are_here():
    route("/a")
    assert Revision.objects.get(number=current_revision()).recorded
