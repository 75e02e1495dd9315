"""POST, GET, PUT and DELETE /admin/services (G-200…G-207)."""

from __future__ import annotations

import uuid

import pytest

from revisions.current import current_revision
from services.compile import service_specs
from services.models import Service, ServiceInstance
from tests.common.factories import INSTANCE_BODY, make_instance, make_service

pytestmark = pytest.mark.django_db


def test_g201_registering_answers_exactly_four_fields(member):
    status, reply = member.call("POST", "/admin/services", INSTANCE_BODY)
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "註冊服務實例成功")
    assert list(reply["content"]) == ["instance_id", "service_name", "endpoint", "registered_at"]
    assert uuid.UUID(reply["content"]["instance_id"])
    assert reply["content"]["endpoint"] == "http://192.168.1.100:3001"


def test_g201_an_ipv6_endpoint_has_brackets(member):
    _status, reply = member.call("POST", "/admin/services", {**INSTANCE_BODY, "host": "2001:DB8::1"})
    assert reply["content"]["endpoint"] == "http://[2001:db8::1]:3001"


def test_g200_registering_makes_the_service(member):
    member.call("POST", "/admin/services", INSTANCE_BODY)
    assert Service.objects.get().name == "user-service"
    (spec,) = service_specs()
    assert (spec.name, spec.instances[0].host, spec.instances[0].weight) == ("user-service", "192.168.1.100", 100)


def test_g202_an_identical_repeat_answers_the_existing_instance_and_is_no_revision(member):
    _status, first = member.call("POST", "/admin/services", {**INSTANCE_BODY, "host": "Node.Example."})
    before = current_revision()
    status, second = member.call("POST", "/admin/services", {**INSTANCE_BODY, "host": "node.example"})
    assert (status, second["content"]) == (200, first["content"])
    assert current_revision() == before


def test_g202_a_different_repeat_is_a_conflict(member):
    member.call("POST", "/admin/services", INSTANCE_BODY)
    status, reply = member.call("POST", "/admin/services", {**INSTANCE_BODY, "port": 3002})
    assert (status, reply["code"]) == (409, "F40900")
    assert ServiceInstance.objects.get().port == 3001


@pytest.mark.alike
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service_name", ""),
        ("service_name", "x" * 101),
        ("service_name", "a\nb"),
        ("instance_id", ""),
        ("instance_id", "x" * 101),
        ("host", ""),
        ("host", "a" * 256),
        ("host", "bad host"),
        ("host", "http://a"),
        ("host", "[::1]"),
        ("host", "256.1.1.1"),
        ("host", "fe80::1%eth0"),
        ("port", 0),
        ("port", 65536),
        ("port", "3001"),
        ("port", True),
        ("protocol", "ftp"),
        ("weight", 0),
        ("weight", 1001),
        ("health_check_url", "http://other/health"),
        ("health_check_url", "//other"),
        ("health_check_url", "/" + "x" * 500),
        ("health_check_interval_seconds", 4),
        ("health_check_interval_seconds", 301),
        ("metadata", []),
        ("metadata", None),
        ("metadata", {"a": "x" * 20_000}),
        ("status", "healthy"),
    ],
)
def test_g200_a_bad_value_is_refused_by_name(member, field, value):
    status, reply = member.call("POST", "/admin/services", {**INSTANCE_BODY, field: value})
    assert (status, reply["code"]) == (400, "F40000"), reply
    assert list(reply["content"]["errors"]) == [field]
    assert not Service.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", 1),
        ("port", 65535),
        ("weight", 1),
        ("weight", 1000),
        ("health_check_interval_seconds", 5),
        ("health_check_interval_seconds", 300),
        ("host", "localhost"),
        ("host", "::1"),
        ("service_name", "x" * 100),
    ],
)
def test_g200_both_ends_of_a_range_are_taken(member, field, value):
    assert member.call("POST", "/admin/services", {**INSTANCE_BODY, field: value})[0] == 200


def test_g200_a_setting_allows_an_interval_of_a_second(member, settings):
    settings.GATEWAY_MIN_HEALTH_INTERVAL = 1
    body = {**INSTANCE_BODY, "health_check_interval_seconds": 1}
    assert member.call("POST", "/admin/services", body)[0] == 200


def test_g203_the_list_is_that_of_the_interface_description(member):
    service = make_service("user-service")
    make_instance(service, instance_id="a")
    make_instance(service, instance_id="b", status="draining")
    make_instance("other")
    status, reply = member.call("GET", "/admin/services?service_name=user-service&size=1")
    assert (status, reply["msg"]) == (200, "獲取服務實例成功")
    content = reply["content"]
    assert list(content) == ["service_name", "total_instances", "healthy_instances", "instances"]
    assert (content["service_name"], content["total_instances"], content["healthy_instances"]) == ("user-service", 2, 1)
    (shown,) = content["instances"]
    assert list(shown) == ["id", "instance_id", "endpoint", "weight", "status", "last_health_check", "registered_at"]
    assert shown["last_health_check"] is None


def test_g204_healthy_instances_count_the_service_not_the_filter(member):
    service = make_service("user-service")
    make_instance(service)
    make_instance(service, status="unhealthy")
    _status, reply = member.call("GET", "/admin/services?service_name=user-service&status=unhealthy")
    assert (reply["content"]["total_instances"], reply["content"]["healthy_instances"]) == (1, 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "service_name"),
        ("?service_name=", "service_name"),
        ("?service_name=a&status=asleep", "status"),
        ("?service_name=a&page=0", "page"),
        ("?service_name=%00", "service_name"),
        ("?service_name=a&servise=b", "servise"),
    ],
)
def test_g203_a_bad_parameter_is_named(member, query, field):
    status, reply = member.call("GET", f"/admin/services{query}")
    assert (status, list(reply["content"]["errors"])) == (400, [field])


def test_g205_update_by_uuid_or_by_textual_id(member):
    instance = make_instance("user-service", instance_id="user-service-001")
    body = {"weight": 150, "status": "draining", "metadata": {"version": "1.0.1"}}
    status, reply = member.call("PUT", "/admin/services/user-service-001", body)
    assert (status, reply["msg"]) == (200, "更新服務實例成功")
    assert reply["content"]["instance_id"] == str(instance.pk)
    assert set(reply["content"]["updated_fields"]) == {"weight", "status", "metadata"}
    assert list(reply["content"]) == ["instance_id", "updated_fields", "updated_at"]
    again = member.call("PUT", f"/admin/services/{instance.pk}", body)[1]
    assert again["content"]["updated_fields"] == []
    (spec,) = service_specs()
    assert (spec.instances[0].status, spec.instances[0].weight) == ("draining", 150)


def test_g205_an_ambiguous_textual_id_is_a_conflict(member):
    make_instance("a", instance_id="one")
    make_instance("b", instance_id="one")
    status, reply = member.call("PUT", "/admin/services/one", {"weight": 1})
    assert (status, reply["code"], len(reply["content"]["conflicts_with"])) == (409, "F40900", 2)


@pytest.mark.parametrize(
    ("field", "value"), [("weight", 0), ("status", "gone"), ("health_check_url", "x"), ("metadata", 1), ("port", 1)]
)
def test_g205_a_bad_update_is_refused_by_name(member, field, value):
    instance = make_instance()
    status, reply = member.call("PUT", f"/admin/services/{instance.pk}", {field: value})
    assert (status, list(reply["content"]["errors"])) == (400, [field])


def test_g207_delete_answers_and_then_it_is_gone(member):
    instance = make_instance("user-service")
    status, reply = member.call("DELETE", f"/admin/services/{instance.pk}")
    assert (status, reply["msg"]) == (200, "註銷服務實例成功")
    assert list(reply["content"]) == ["instance_id", "deregistered_at"]
    assert member.call("DELETE", f"/admin/services/{instance.pk}")[0] == 404
    assert member.call("PUT", f"/admin/services/{instance.pk}", {})[0] == 404


@pytest.mark.parametrize("identity", ["nobody", "%00", "%ff", "0e2a98e7-3e25-4a8a-a48f-94b9c9c4e3bf"])
def test_g207_an_unknown_id_is_not_found(member, identity):
    assert member.call("PUT", f"/admin/services/{identity}", {"weight": 1})[0] == 404


def test_g011_a_setting_asks_for_a_permission_to_write(member, settings):
    settings.GATEWAY_SERVICE_WRITE_PERMISSION = "service.write"
    assert member.call("POST", "/admin/services", INSTANCE_BODY)[0] == 403
    assert member.call("GET", "/admin/services?service_name=a")[0] == 200


def test_lists_cost_the_same_number_of_queries_however_long(member, django_assert_num_queries):
    service = make_service("user-service")
    for _number in range(30):
        make_instance(service)
    member.call("GET", "/admin/services?service_name=user-service")
    with django_assert_num_queries(6):  # the revision, twice, the caller, the count, rows, healthy ones
        member.call("GET", "/admin/services?service_name=user-service")


def test_compiling_costs_two_queries_however_many_services(db, django_assert_num_queries):
    for _number in range(10):
        make_instance(make_service())
    with django_assert_num_queries(2):
        assert len(service_specs()) == 10
