"""What the items of revisions tell of the past (G-500)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gateway_project.rest.errors import BadRequest, Conflict, NotFound
from permissions.models import Consumer, Credential, Grant, Permission, RevokedToken, Role, TokenIssuer
from proxy.snapshot.loader import load_configuration
from revisions import history
from revisions.as_of import as_of
from revisions.change import change
from revisions.current import current_revision
from revisions.documents import MASK
from revisions.models import Revision, RevisionItem
from revisions.restore import restore_configuration
from revisions.restore_object import restore_object
from routing.models import Route, RoutePermission
from routing.required import require_permissions
from services.models import Service, ServiceInstance
from tests.common.factories import make_instance, make_permission, make_route, make_service

pytestmark = pytest.mark.django_db


def paths() -> list[str]:
    return list(Route.objects.live().order_by("path_pattern").values_list("path_pattern", flat=True))


def stored() -> dict[str, object]:
    """Everything there is, but for what a restore leaves to the present."""
    found: dict[str, object] = {}
    for model in (Service, ServiceInstance, Route, RoutePermission, Permission, Role, Consumer, Credential, Grant):
        for values in model.objects.order_by("pk").values():
            values.pop("updated_at", None)
            found[f"{model.__name__} {values['id']}"] = values
    return found


def a_bit_of_everything() -> None:
    make_instance(make_service("orders"), instance_id="a")
    make_route("/a", service="orders", required_permissions=["user.read"])
    consumer = Consumer.objects.create(name="mobile")
    credential = Credential(consumer=consumer, name="first")
    credential.give_key()
    credential.save()
    Grant.objects.create(permission=make_permission("user.read"), role=Role.objects.create(name="editor"))


def changed_all_over() -> None:
    make_route("/b", service="later", required_permissions=["user.write"])
    route = Route.objects.get(path_pattern="/a")
    require_permissions(route, [make_permission("user.write")])
    Route.objects.filter(pk=route.pk).update(priority=9, path_pattern="/changed")
    Consumer.objects.get().delete()
    Grant.objects.all().delete()
    ServiceInstance.objects.update(weight=7)
    Permission.objects.filter(code="user.read").update(name="Renamed")


def test_g500_reads_in_the_block_are_of_the_revision_and_nothing_is_touched():
    a_bit_of_everything()
    then, number = stored(), current_revision()
    changed_all_over()
    now = stored()
    with as_of(number):
        assert stored() == then
        assert paths() == ["/a"]
        assert load_configuration().routes[0].required_permissions == ("user.read",)
    assert stored() == now
    assert current_revision() > number


def test_g500_every_revision_can_be_read_back():
    states = []
    for write in (a_bit_of_everything, changed_all_over, lambda: Route.objects.update(deleted_at=timezone.now())):
        write()
        states.append((current_revision(), stored()))
    for number, state in states:
        with as_of(number):
            assert stored() == state


def test_g500_a_write_in_the_block_is_lost_with_it():
    make_service("orders")
    number = current_revision()
    Service.objects.update(verify_tls=False)
    with as_of(number):
        Service._base_manager.update(name="lost")
    assert Service.objects.get().name == "orders"


@pytest.mark.parametrize("number", [-1, 10**9])
def test_g500_a_revision_that_is_not_there_cannot_be_read(number):
    with pytest.raises(NotFound), as_of(number if number > 0 else current_revision() + 1):
        pytest.fail("read")


def test_g500_what_is_older_than_the_record_is_said_to_be_unknown():
    make_service("orders")
    number = current_revision()
    Revision.objects.filter(number=number).update(recorded=False)
    make_service("later")
    with as_of(number):
        assert [row.name for row in Service.objects.all()] == ["orders"]
    with pytest.raises(NotFound) as refused, as_of(number - 1):
        pytest.fail("read")
    assert refused.value.content == {"begins": number}


def test_g500_the_difference_of_two_revisions_is_what_is_left_of_what_happened_between():
    make_service("kept")
    older = current_revision()
    row = make_service("new")
    Service.objects.filter(name="kept").update(verify_tls=False)
    make_service("gone").delete()
    Service.objects.filter(name="kept").update(verify_tls=True, connect_timeout_seconds=9.0)
    newer = current_revision()
    found = history.between(RevisionItem.objects.all(), older, newer)
    assert [(one.action, one.name) for one in found] == [("create", "new"), ("update", "kept")] or [
        (one.action, one.name) for one in found
    ] == [("update", "kept"), ("create", "new")]
    changed = next(one for one in found if one.name == "kept")
    assert changed.changes == {"connect_timeout_seconds": {"before": 5.0, "after": 9.0}}
    back = history.between(RevisionItem.objects.all(), newer, older)
    assert {(one.action, one.object_id) for one in back} >= {("delete", str(row.pk))}
    assert history.between(RevisionItem.objects.all(), newer, newer) == []


def test_g500_secrets_are_masked_in_what_is_shown_and_kept_for_restoring():
    issuer = TokenIssuer.objects.create(name="partner", algorithms=["HS256"], secret="s" * 32)
    item = RevisionItem.objects.get(revision=current_revision())
    assert item.after["secret"] == "s" * 32
    assert history.difference_of(item).changes["secret"] == {"before": None, "after": MASK}
    issuer.secret = "t" * 32
    issuer.save()
    item = RevisionItem.objects.get(revision=current_revision())
    assert history.difference_of(item).changes == {"secret": {"before": MASK, "after": MASK}}


def test_g500_the_whole_configuration_comes_back_in_one_revision():
    a_bit_of_everything()
    then, number = stored(), current_revision()
    changed_all_over()
    before = current_revision()
    counts = restore_configuration(number)
    assert stored() == then
    assert current_revision() == before + 1
    assert counts == {"create": 4, "update": 3, "delete": 5}
    restore_configuration(before)
    assert paths() == ["/b", "/changed"]


def test_g500_restoring_what_is_already_there_is_no_revision():
    a_bit_of_everything()
    number = current_revision()
    assert sum(restore_configuration(number).values()) == 0
    assert current_revision() == number


def test_g500_names_that_changed_hands_go_back_to_their_rows():
    one, other = make_service("one"), make_service("other")
    number = current_revision()
    with change():
        for row, name in ((one, "x"), (other, "one"), (one, "other")):
            Service.objects.filter(pk=row.pk).update(name=name)
    restore_configuration(number)
    assert Service.objects.get(name="one").pk == one.pk


def test_g500_a_restore_leaves_leases_and_checks_to_the_present():
    later = timezone.now() + timedelta(minutes=1)
    row = make_instance("orders", lease_seconds=60, lease_expires_at=timezone.now())
    number = current_revision()
    ServiceInstance.objects.filter(pk=row.pk).update(weight=3, lease_expires_at=later)
    restore_configuration(number)
    row.refresh_from_db()
    assert (row.weight, row.lease_expires_at) == (100, later)


def test_g009_a_restore_does_not_bring_revoked_tokens_back_to_life():
    number = current_revision()
    RevokedToken.objects.create(jti="stolen", expires_at=timezone.now() + timedelta(days=1))
    make_service("later")
    restore_configuration(number)
    assert RevokedToken.objects.filter(jti="stolen").exists()
    assert not Service.objects.exists()


def test_g160_a_deleted_route_comes_back_with_its_permissions():
    route = make_route("/a", required_permissions=["user.read"])
    Route.objects.filter(pk=route.pk).update(deleted_at=timezone.now())
    number = restore_object(Route, route.pk)
    assert number == current_revision() - 2
    assert paths() == ["/a"]
    assert Route.objects.get(pk=route.pk).permission_codes == ["user.read"]


def test_g500_a_route_goes_back_to_an_earlier_state_permissions_too():
    route = make_route("/a", required_permissions=["user.read"])
    number = current_revision()
    require_permissions(route, [make_permission("user.write")])
    Route.objects.filter(pk=route.pk).update(priority=9)
    other = make_route("/other")
    restore_object(Route, route.pk, number)
    route = Route.objects.get(pk=route.pk)
    assert (route.priority, route.permission_codes) == (0, ["user.read"])
    assert Route.objects.get(pk=other.pk)


def test_g160_a_route_whose_place_is_taken_does_not_come_back():
    route = make_route("/a", service="orders")
    Route.objects.filter(pk=route.pk).update(deleted_at=timezone.now())
    other = make_route("/a", service="orders")
    with pytest.raises(Conflict) as refused:
        restore_object(Route, route.pk)
    assert refused.value.content == {"conflicts_with": [str(other.pk)]}
    assert "GET /a" in str(refused.value.message)


def test_g225_a_route_does_not_come_back_without_a_permission_it_asked_for():
    route = make_route("/a", required_permissions=["user.read"])
    Route.objects.filter(pk=route.pk).update(deleted_at=timezone.now())
    RoutePermission.objects.all().delete()
    Permission.objects.filter(code="user.read").delete()
    with pytest.raises(Conflict) as refused:
        restore_object(Route, route.pk)
    assert len(refused.value.content["missing"]) == 1
    assert refused.value.content["missing"][0].endswith("user.read")


def test_g500_a_consumer_comes_back_with_what_its_deletion_took_along():
    a_bit_of_everything()
    then = stored()
    consumer = Consumer.objects.get()
    pk = consumer.pk
    consumer.delete()
    restore_object(Consumer, pk)
    assert stored() == then


def test_g500_a_key_that_was_taken_back_before_its_consumer_stays_away():
    a_bit_of_everything()
    Credential.objects.all().delete()
    consumer = Consumer.objects.get()
    pk = consumer.pk
    consumer.delete()
    restore_object(Consumer, pk)
    assert Consumer.objects.exists()
    assert not Credential.objects.exists()


def test_g500_going_back_needs_a_revision_and_undeleting_a_record():
    row = make_service("orders")
    with pytest.raises(BadRequest):
        restore_object(Service, row.pk)
    with pytest.raises(NotFound):
        restore_object(Service, row.pk, 0)
    with pytest.raises(NotFound):
        restore_object(Role, 12345)
