"""Leases, tiers and observed status over REST and in the console (G-200…G-209)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from proxy.health.checked import CheckResult, health_key
from proxy.health.ejection import Report, ejection_key
from proxy.health.lease import LeaseFound, lease_key
from proxy.node.control.instance_health import InstanceHealth
from proxy.state.own_board import OwnBoard
from revisions.current import current_revision
from services import observed
from services.compile import service_specs
from services.models import ServiceInstance
from services.spec import HealthSpec
from tests.common.factories import INSTANCE_BODY, make_instance, make_service

pytestmark = pytest.mark.django_db
LEASED = {**INSTANCE_BODY, "ttl_seconds": 30}


def lasts(row: ServiceInstance) -> float:
    """Seconds until the lease of the row as stored expires."""
    row.refresh_from_db()
    assert row.lease_expires_at is not None
    return (row.lease_expires_at - timezone.now()).total_seconds()


def test_g209_ttl_seconds_begins_a_lease(member):
    status, _reply = member.call("POST", "/admin/services", LEASED)
    assert status == 200
    row = ServiceInstance.objects.get()
    assert row.lease_seconds == 30
    assert 25 < lasts(row) <= 30
    (spec,) = service_specs()
    assert spec.instances[0].lease_seconds == 30


@pytest.mark.parametrize("value", [4, 3601, 0, -5, "30", 30.5, True])
def test_g209_a_bad_ttl_is_named(member, value):
    status, reply = member.call("POST", "/admin/services", {**INSTANCE_BODY, "ttl_seconds": value})
    assert (status, list(reply["content"]["errors"])) == (400, ["ttl_seconds"])


@pytest.mark.parametrize("value", [5, 3600, None])
def test_g209_both_ends_of_the_range_and_null_are_taken(member, value):
    assert member.call("POST", "/admin/services", {**INSTANCE_BODY, "ttl_seconds": value})[0] == 200


@pytest.mark.parametrize("value", [-1, 101, "1", None])
def test_a_bad_priority_is_named(member, value):
    status, reply = member.call("POST", "/admin/services", {**INSTANCE_BODY, "priority": value})
    assert (status, list(reply["content"]["errors"])) == (400, ["priority"])


def test_g209_a_heartbeat_renews_and_raises_no_revision(member):
    identity = member.call("POST", "/admin/services", LEASED)[1]["content"]["instance_id"]
    row = ServiceInstance.objects.get()
    ServiceInstance._base_manager.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    before = current_revision()
    status, reply = member.call("POST", f"/admin/services/{identity}/heartbeat")
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "租約已續期")
    assert list(reply["content"]) == ["instance_id", "ttl_seconds", "lease_expires_at"]
    assert 25 < lasts(row) <= 30
    assert current_revision() == before


def test_g209_a_heartbeat_takes_the_textual_id_too(member):
    member.call("POST", "/admin/services", LEASED)
    assert member.call("POST", f"/admin/services/{INSTANCE_BODY['instance_id']}/heartbeat")[0] == 200


def test_g209_a_heartbeat_for_nobody_is_not_found_and_one_without_a_lease_says_how_to_get_one(member, anonymous):
    assert member.call("POST", f"/admin/services/{UUID(int=1)}/heartbeat")[1]["code"] == "F40400"
    row = make_instance()
    status, reply = member.call("POST", f"/admin/services/{row.pk}/heartbeat")
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", ["ttl_seconds"])
    assert anonymous.call("POST", f"/admin/services/{row.pk}/heartbeat")[0] == 401


def test_g209_a_heartbeat_costs_few_queries(member, django_assert_max_num_queries):
    identity = member.call("POST", "/admin/services", LEASED)[1]["content"]["instance_id"]
    member.call("POST", f"/admin/services/{identity}/heartbeat")  # learns whose tokens are believed
    with django_assert_max_num_queries(5):
        assert member.call("POST", f"/admin/services/{identity}/heartbeat")[0] == 200


def test_g202_an_identical_repeat_renews_the_lease_without_a_revision_and_another_ttl_is_a_conflict(member):
    member.call("POST", "/admin/services", LEASED)
    row = ServiceInstance.objects.get()
    ServiceInstance._base_manager.update(lease_expires_at=timezone.now())
    before = current_revision()
    assert member.call("POST", "/admin/services", LEASED)[0] == 200
    assert 25 < lasts(row) <= 30
    assert current_revision() == before
    assert member.call("POST", "/admin/services", {**LEASED, "ttl_seconds": 60})[1]["code"] == "F40900"
    assert member.call("POST", "/admin/services", {**LEASED, "priority": 1})[1]["code"] == "F40900"


def test_g205_put_changes_ends_and_begins_leases(member):
    row = make_instance(lease_seconds=None)
    path = f"/admin/services/{row.pk}"
    status, reply = member.call("PUT", path, {"ttl_seconds": 60, "priority": 2})
    assert (status, reply["content"]["updated_fields"]) == (200, ["priority", "ttl_seconds"])
    assert 55 < lasts(row) <= 60
    assert member.call("PUT", path, {"ttl_seconds": None})[0] == 200
    row.refresh_from_db()
    assert (row.lease_seconds, row.lease_expires_at) == (None, None)


def test_g203_without_a_node_a_lease_whose_time_is_over_shows_as_unhealthy(member):
    service = make_service("user-service")
    row = make_instance(service, lease_seconds=30, lease_expires_at=timezone.now() - timedelta(seconds=1))
    content = member.call("GET", "/admin/services?service_name=user-service")[1]["content"]
    assert (content["healthy_instances"], content["instances"][0]["status"]) == (0, "unhealthy")
    shown = member.call("GET", f"/admin/services/{row.pk}")[1]["content"]
    assert (shown["status"], shown["status_reason"], shown["configured_status"]) == ("unhealthy", "lease", "healthy")


@pytest.fixture
def board():
    """What the workers of a node would go by."""
    board = OwnBoard()
    health = InstanceHealth(board)
    observed.register(health)
    yield board
    observed.unregister()


def test_g203_status_and_count_are_what_the_traffic_sees(member, board):
    service = make_service("user-service")
    rows = [make_instance(service, instance_id=key, health_check_url="/h", lease_seconds=30) for key in "abcde"]
    make_instance(service, instance_id="f", status="draining", health_check_url="/h")
    a, b, c, _d, _e = (str(row.pk) for row in rows)
    now = 1e6
    for _ in range(3):
        board.change(health_key(a), CheckResult(False, HealthSpec()), now)
    board.change(lease_key(b), LeaseFound(True), now)
    policy = HealthSpec(eject_after=1, eject_seconds=1e9)
    board.change(ejection_key(str(service.pk)), Report(c, False, policy, frozenset({a, b, c})), 0.0)
    content = member.call("GET", "/admin/services?service_name=user-service")[1]["content"]
    seen = {one["instance_id"]: one["status"] for one in content["instances"]}
    out = dict.fromkeys("abc", "unhealthy")
    assert seen == {**out, "d": "healthy", "e": "healthy", "f": "draining"}
    assert content["healthy_instances"] == 2
    content = member.call("GET", "/admin/services?service_name=user-service&status=unhealthy")[1]["content"]
    assert [one["instance_id"] for one in content["instances"]] == ["a", "b", "c"]
    reasons = [member.call("GET", f"/admin/services/{row.pk}")[1]["content"]["status_reason"] for row in rows]
    assert reasons == ["health_check", "lease", "ejected", "", ""]


def test_g208_the_newest_check_is_shown_at_once_and_stored_without_a_revision(member, board):
    service = make_service("user-service")
    row, gone = make_instance(service), make_instance(service)
    health = observed._observers[-1]
    assert isinstance(health, InstanceHealth)
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    health.checked({str(row.pk): moment.timestamp(), str(gone.pk): moment.timestamp()})
    gone.delete()
    before = current_revision()
    content = member.call("GET", "/admin/services?service_name=user-service")[1]["content"]
    assert content["instances"][0]["last_health_check"] is not None
    row.refresh_from_db()
    assert row.last_health_check is None
    health.store()
    row.refresh_from_db()
    assert row.last_health_check == moment
    assert current_revision() == before


def test_g143_no_check_and_no_heartbeat_changes_an_etag(member, board):
    service = make_service("user-service")
    row = make_instance(service, health_check_url="/h", lease_seconds=30, lease_expires_at=timezone.now())

    def etag() -> str:
        return member.get(f"/admin/services/{row.pk}")["ETag"]

    before = etag()
    for _ in range(3):
        board.change(health_key(str(row.pk)), CheckResult(False, HealthSpec()), 1.0)
    assert member.call("POST", f"/admin/services/{row.pk}/heartbeat")[0] == 200
    observed._observers[-1].checked({str(row.pk): 1.8e9})  # type: ignore[attr-defined]
    observed._observers[-1].store()  # type: ignore[attr-defined]
    assert etag() == before
    status, reply = member.call("PUT", f"/admin/services/{row.pk}", {"status": "unhealthy"})
    assert (status, reply["content"]["updated_fields"]) == (200, ["status"])


def test_g209_the_workers_take_a_lapsed_instance_back_with_the_heartbeat(member, board):
    row = make_instance(lease_seconds=30)
    board.change(lease_key(str(row.pk)), LeaseFound(True), 1.0)
    member.call("POST", f"/admin/services/{row.pk}/heartbeat")
    assert observed.observe([row])[row.pk].status == "healthy"
