"""One block, one transaction, one revision (G-500)."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from revisions import in_force
from revisions.change import change
from revisions.current import current_revision
from revisions.models import Revision
from services.models import Service


def write_and_fail() -> None:
    with change():
        Service.objects.create(name="a")
        raise ZeroDivisionError


def renamed(service: Service) -> Service:
    service.name = "renamed"
    return service


@pytest.mark.django_db
def test_a_block_of_many_writes_is_one_revision():
    before = current_revision()
    with change("root", "why", "id-1") as current:
        Service.objects.create(name="a")
        Service.objects.create(name="b")
    assert current.number == current_revision() == before + 1
    newest = Revision.objects.get(number=before + 1)
    assert (newest.actor, newest.reason, newest.request_id) == ("root", "why", "id-1")


@pytest.mark.django_db
def test_a_block_that_writes_nothing_is_no_revision():
    before = current_revision()
    with change() as current:
        Service.objects.filter(name="nobody").update(verify_tls=False)
    assert current.number is None
    assert current_revision() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "write",
    [
        lambda: Service(name="new").save(),
        lambda: Service.objects.create(name="new"),
        lambda: Service.objects.bulk_create([Service(name="x"), Service(name="y")]),
        lambda: Service.objects.filter(name="old").update(verify_tls=False),
        lambda: Service.objects.bulk_update([renamed(Service.objects.get(name="old"))], ["name"]),
        lambda: Service.objects.filter(name="old").delete(),
        lambda: Service.objects.get(name="old").delete(),
        lambda: Service.objects.get_or_create(name="new"),
        lambda: Service.objects.update_or_create(name="old", defaults={"verify_tls": False}),
    ],
    ids=["save", "create", "bulk_create", "update", "bulk_update", "delete", "row.delete", "get_or_create", "upsert"],
)
def test_every_way_to_write_outside_a_block_raises_the_revision_once(write):
    Service.objects.create(name="old")
    before = current_revision()
    write()
    assert current_revision() == before + 1


@pytest.mark.django_db
def test_an_inner_block_joins_the_outer_one():
    before = current_revision()
    with change("outer") as outer:
        with change("inner") as inner:
            Service.objects.create(name="a")
        assert inner is outer
    assert current_revision() == before + 1
    assert Revision.objects.first().actor == "outer"


@pytest.mark.django_db
def test_an_inner_block_that_fails_leaves_nothing_and_counts_for_nothing():
    before = current_revision()
    with change(), pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert not Service.objects.exists()
    assert current_revision() == before


@pytest.mark.django_db
def test_a_block_that_fails_leaves_no_revision():
    before = current_revision()
    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert current_revision() == before
    with change() as current:
        Service.objects.create(name="a")
    assert current.number == before + 1


@pytest.mark.django_db(transaction=True)
def test_listeners_hear_of_a_revision_after_its_commit():
    heard: list[tuple[int, int]] = []
    in_force.on_commit(lambda number: heard.append((number, current_revision())))
    try:
        with transaction.atomic(), change() as current:
            Service.objects.create(name="a")
        assert heard == [(current.number, current.number)]
    finally:
        in_force.unregister_all()


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_does_not_spoil_the_change():
    in_force.on_commit(lambda number: 1 // 0)
    try:
        Service.objects.create(name="a")
    finally:
        in_force.unregister_all()
    assert Service.objects.exists()


def test_without_a_node_there_is_nobody_to_wait_for():
    assert in_force.wait(1) == []
    assert in_force.workers() == []


@pytest.mark.django_db(transaction=True)
def test_concurrent_changes_are_numbered_without_gaps_and_none_is_lost():
    before = current_revision()

    def write(name: str) -> None:
        try:
            for number in range(5):
                Service.objects.create(name=f"{name}-{number}")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert current_revision() == before + 20
    assert list(Revision.objects.order_by("number").values_list("number", flat=True))[-20:] == list(
        range(before + 1, before + 21)
    )
    assert Service.objects.count() == 20
