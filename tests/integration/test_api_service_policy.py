"""GET and PUT /admin/services/{service_name}/policy (G-210)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from proxy.snapshot.loader import load_configuration
from revisions.models import Revision
from services.api.policy_serializers import PolicySerializer, places
from services.models import RANGES, Service
from tests.common.certificates import an_authority
from tests.common.factories import make_route, make_service

pytestmark = pytest.mark.django_db

PATH = "/admin/services/orders/policy"
FRESH = {
    "circuit_breaker": {
        "max_failures": 5, "interval_seconds": 30.0, "open_seconds": 30.0, "half_open_requests": 1, "error_rate": None,
        "min_requests": 20,
    },
    "health": {
        "timeout_seconds": 2.0, "healthy_after": 2, "unhealthy_after": 3, "eject_after": 5, "eject_seconds": 30.0,
        "max_ejected_percent": 50,
    },
    "load_balance": {"strategy": "", "hash_key": ""},
    "limits": {"rate_limit_rpm": None, "limiter_rate": None, "limiter_peak": None},
    "slow_start_seconds": 0.0,
    "connection": {
        "connect_timeout_seconds": 5.0, "answer_timeout_seconds": None, "retry_count": None, "verify_tls": True,
        "tls_server_name": "", "tls_ca_pem": "",
    },
}  # fmt: skip
CHANGED = {
    "circuit_breaker": {
        "max_failures": 3, "interval_seconds": 10.5, "open_seconds": 4.0, "half_open_requests": 2, "error_rate": 0.25,
        "min_requests": 7,
    },
    "health": {
        "timeout_seconds": 1.0, "healthy_after": 1, "unhealthy_after": 2, "eject_after": None, "eject_seconds": 9.0,
        "max_ejected_percent": 0,
    },
    "load_balance": {"strategy": "hash", "hash_key": "header:X-Tenant"},
    "limits": {"rate_limit_rpm": 600, "limiter_rate": 2.5, "limiter_peak": 10},
    "slow_start_seconds": 8.0,
    "connection": {
        "connect_timeout_seconds": 1.5, "answer_timeout_seconds": 0.5, "retry_count": 0, "verify_tls": False,
        "tls_server_name": "orders.internal", "tls_ca_pem": "",
    },
}  # fmt: skip
RANGED = {
    **{name: RANGES[name] for name in RANGES},
    "connect_timeout_seconds": (0.1, 300.0),
}
"""Column → range."""


@cache
def place_of(column: str) -> str:
    """Where a column stands in the policy."""
    for name, field in PolicySerializer().fields.items():
        inner = field.fields.items() if hasattr(field, "fields") else [(None, field)]
        for part, one in inner:
            if one.source == column:
                return f"{name}.{part}" if part else name
    raise AssertionError(f"{column} stands nowhere")


def body(place: str, value: Any) -> dict[str, Any]:
    """A policy with one value."""
    group, _dot, name = place.partition(".")
    return {group: {name: value}} if name else {group: value}


@pytest.fixture(autouse=True)
def orders() -> Service:
    return make_service("orders")


def stored() -> Any:
    """What a worker would be told."""
    return load_configuration().services[0]


def test_g210_a_fresh_policy_is_all_defaults(member):
    status, reply = member.call("GET", PATH)
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "獲取服務策略成功")
    everything = [place for place, _value in places(FRESH)]
    assert reply["content"] == {"service_name": "orders", **FRESH, "defaults": everything}
    assert len(everything) == 24


def test_g210_every_value_can_be_changed_and_those_that_are_defaults_are_told(admin):
    status, reply = admin.call("PUT", PATH, CHANGED, **{"X-Change-Reason": "holidays"})
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "更新服務策略成功")
    assert list(reply["content"]) == ["service_name", "updated_fields", "updated_at"]
    assert reply["content"]["service_name"] == "orders"
    different = [place for place, _value in places(CHANGED) if place != "connection.tls_ca_pem"]
    assert reply["content"]["updated_fields"] == different
    assert (Revision.objects.latest("number").reason, Revision.objects.latest("number").actor) == ("holidays", "root")
    content = admin.call("GET", PATH)[1]["content"]
    assert content == {"service_name": "orders", **CHANGED, "defaults": ["connection.tls_ca_pem"]}
    spec = stored()
    assert (spec.breaker.error_rate, spec.health.eject_after, spec.limiter_peak) == (0.25, None, 10)
    assert (spec.slow_start_seconds, spec.verify_tls, spec.tls_server_name) == (8.0, False, "orders.internal")


def test_g140_what_is_not_given_stays_and_only_changes_are_named(admin, orders):
    Service.objects.filter(pk=orders.pk).update(breaker_open_seconds=7.0, plugins={"redirect": {"location": "/"}})
    sent = {"circuit_breaker": {"max_failures": 2, "min_requests": 20}, "limits": {}, "slow_start_seconds": 0}
    _status, reply = admin.call("PUT", PATH, sent)
    assert reply["content"]["updated_fields"] == ["circuit_breaker.max_failures"]
    spec = stored()
    assert (spec.breaker.max_failures, spec.breaker.open_seconds) == (2, 7.0)
    assert spec.plugins == {"redirect": {"location": "/"}}


@pytest.mark.parametrize("sent", [{}, {"health": {}}, FRESH, {"circuit_breaker": {"interval_seconds": 30}}])
def test_g210_what_changes_nothing_is_no_revision(admin, orders, sent):
    before = Revision.objects.count()
    status, reply = admin.call("PUT", PATH, sent)
    assert (status, reply["content"]["updated_fields"]) == (200, [])
    assert Revision.objects.count() == before
    assert Service.objects.get().updated_at == orders.updated_at


def test_g210_a_null_takes_a_limit_away(admin):
    admin.call("PUT", PATH, {"limits": {"rate_limit_rpm": 5}})
    assert admin.call("PUT", PATH, {"limits": {"rate_limit_rpm": None}})[0] == 200
    assert stored().rate_limit_rpm is None


@pytest.mark.parametrize("column", sorted(RANGED))
def test_g210_both_ends_of_each_range_are_taken_and_one_beyond_is_refused(admin, column):
    place = place_of(column)
    lowest, highest = RANGED[column]
    for value in (lowest, highest):
        assert admin.call("PUT", PATH, body(place, value))[0] == 200
        assert getattr(Service.objects.get(), column) == value
    before = Revision.objects.count()
    whole = isinstance(lowest, int)
    for value in (lowest - (1 if whole else lowest / 2 or 0.5), highest + (1 if whole else 0.5)):
        status, reply = admin.call("PUT", PATH, body(place, value))
        assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [place])
    assert Revision.objects.count() == before


@pytest.mark.alike
@pytest.mark.parametrize("column", sorted(RANGED))
@pytest.mark.parametrize("value", [True, "5", [], {}, ""])
def test_g102_a_number_is_a_number(admin, column, value):
    status, reply = admin.call("PUT", PATH, body(place_of(column), value))
    assert (status, list(reply["content"]["errors"])) == (400, [place_of(column)])


NULLABLE = {
    "answer_timeout_seconds",
    "breaker_error_rate",
    "eject_after",
    "rate_limit_rpm",
    "limiter_rate",
    "limiter_peak",
    "retry_count",
}


@pytest.mark.parametrize("column", sorted(RANGED))
def test_g210_null_is_taken_where_it_means_none(admin, column):
    status, reply = admin.call("PUT", PATH, body(place_of(column), None))
    assert status == (200 if column in NULLABLE else 400)
    assert list(reply["content"].get("errors", {})) == ([] if column in NULLABLE else [place_of(column)])


@pytest.mark.alike
@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"colour": "red"}, ["colour"]),
        ({"name": "other"}, ["name"]),
        ({"defaults": []}, ["defaults"]),
        ({"breaker_max_failures": 3}, ["breaker_max_failures"]),
        ({"circuit_breaker": {"colour": 1}}, ["circuit_breaker.colour"]),
        ({"limits": {"breaker_max_failures": 1}}, ["limits.breaker_max_failures"]),
        ({"circuit_breaker": 5}, ["circuit_breaker"]),
        ({"health": None}, ["health"]),
        ({"health": []}, ["health"]),
        ({"slow_start_seconds": {}}, ["slow_start_seconds"]),
        ({"circuit_breaker": {"max_failures": 5.0}}, ["circuit_breaker.max_failures"]),
        ({"circuit_breaker": {"open_seconds": 10**400}}, ["circuit_breaker.open_seconds"]),
        ({"connection": {"verify_tls": 1}}, ["connection.verify_tls"]),
        ({"connection": {"verify_tls": "true"}}, ["connection.verify_tls"]),
        ({"connection": {"tls_server_name": "two words"}}, ["connection.tls_server_name"]),
        ({"connection": {"tls_server_name": "a." * 128}}, ["connection.tls_server_name"]),
        ({"connection": {"tls_server_name": None}}, ["connection.tls_server_name"]),
        ({"connection": {"tls_ca_pem": "no PEM"}}, ["connection.tls_ca_pem"]),
        ({"connection": {"tls_ca_pem": 5}}, ["connection.tls_ca_pem"]),
        (
            {"health": {"healthy_after": 0}, "limits": {"limiter_rate": "1"}, "slow_start_seconds": -1, "x": 1},
            ["health.healthy_after", "limits.limiter_rate", "slow_start_seconds", "x"],
        ),
    ],
)
def test_g013_every_mistake_is_told_at_its_place_and_nothing_is_stored(admin, sent, wrong):
    before = Revision.objects.count()
    status, reply = admin.call("PUT", PATH, {"circuit_breaker": {"max_failures": 9}, **sent})
    assert (status, reply["code"]) == (400, "F40000")
    assert sorted(reply["content"]["errors"]) == wrong
    assert all(text and isinstance(text, str) for texts in reply["content"]["errors"].values() for text in texts)
    assert Revision.objects.count() == before
    assert stored().breaker.max_failures == 5


def test_g102_what_is_no_number_is_told_in_both_languages(admin):
    sent = {"circuit_breaker": {"error_rate": "5"}}
    for language, text in (("zh-TW", "必須是數字。"), ("en", "Must be a number.")):
        errors = admin.call("PUT", PATH, sent, **{"Accept-Language": language})[1]["content"]["errors"]
        assert errors == {"circuit_breaker.error_rate": [text]}


def test_g210_authorities_are_kept_as_they_came(admin):
    pem = an_authority().pem
    assert admin.call("PUT", PATH, {"connection": {"tls_ca_pem": pem}})[0] == 200
    assert (admin.call("GET", PATH)[1]["content"]["connection"]["tls_ca_pem"], stored().tls_ca_pem) == (pem, pem)


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"5", b'{"health": {}, "health": {}}', b'{"health": NaN}'])
def test_g014_a_body_that_is_no_object_is_refused(admin, sent):
    response = admin.put(PATH, sent, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "F40000")


def test_g014_a_body_over_the_limit_is_f41300(admin, settings):
    sent = json.dumps({"connection": {"tls_ca_pem": "x" * settings.GATEWAY_OPTIONS.max_control_body_bytes}})
    response = admin.put(PATH, sent.encode(), content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "F41300")


@pytest.mark.parametrize("name", ["nobody", "orders%00", "ORDERS", "%F0%9F%A6%8A", "x" * 300])
def test_g210_an_unknown_service_is_not_found_and_nothing_is_made(admin, name):
    for method, sent in (("GET", None), ("PUT", {"slow_start_seconds": 1})):
        status, reply = admin.call(method, f"/admin/services/{name}/policy", sent)
        assert (status, reply["code"], reply["msg"]) == (404, "F40400", "服務未找到")
    assert Service.objects.count() == 1


def test_g010_any_token_reads_and_an_administrator_writes(anonymous, member):
    assert anonymous.call("GET", PATH)[1]["code"] == "F40001"
    assert anonymous.call("PUT", PATH, CHANGED)[1]["code"] == "F40001"
    assert member.call("PUT", PATH, CHANGED)[1]["code"] == "F40003"
    assert stored().breaker.max_failures == 5


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_g210_there_is_nothing_to_make_or_delete(admin, method):
    assert admin.call(method, PATH, {})[0] == 405


def test_g143_if_match_guards_against_lost_updates(admin, orders):
    tag = admin.get(PATH)["ETag"]
    Service.objects.filter(pk=orders.pk).update(plugins={"redirect": {"location": "/"}})
    response = admin.put(PATH, {"slow_start_seconds": 1}, headers={"If-Match": tag})
    assert response.status_code == 200, "the plugins are no part of the policy"
    fresh = admin.get(PATH)["ETag"]
    assert response["ETag"] == fresh != tag
    stale = admin.call("PUT", PATH, {"slow_start_seconds": 2}, **{"If-Match": tag})
    assert (stale[0], stale[1]["code"]) == (412, "F41200")
    assert stored().slow_start_seconds == 1
    assert admin.call("PUT", PATH, {"slow_start_seconds": 2}, **{"If-Match": fresh})[0] == 200


def test_g210_a_name_with_a_slash_and_the_number_of_queries(member, admin, django_assert_num_queries):
    make_service("team/users")
    path = "/admin/services/team/users/policy"
    admin.call("PUT", path, {"slow_start_seconds": 1})
    member.call("GET", path)
    with django_assert_num_queries(4):  # the verifier's revision, the caller, the service, the header's revision
        assert member.call("GET", path)[1]["content"]["service_name"] == "team/users"
    with django_assert_num_queries(14):  # four savepoints, three for the history, one for the audit trail
        assert admin.call("PUT", path, {"slow_start_seconds": 2, "limits": {"rate_limit_rpm": 7}})[0] == 200


def test_g210_both_are_in_the_openapi_document_with_their_errors_and_examples(member):
    document = member.get("/openapi.json").json()
    read, write = (document["paths"]["/admin/services/{service_name}/policy"][method] for method in ("get", "put"))
    assert set(read["responses"]) == {"200", "400", "401", "403", "404", "429", "500", "503"}
    assert set(write["responses"]) == {"200", "400", "401", "403", "404", "412", "413", "429", "500", "503"}
    assert {one["name"] for one in write["parameters"]} == {"service_name", "If-Match", "X-Change-Reason", "dry_run"}
    for content in (write["requestBody"], write["responses"]["200"], read["responses"]["200"]):
        assert content["content"]["application/json"]["examples"]
    failures = document["components"]["schemas"]["CircuitBreakerPolicy"]["properties"]["max_failures"]
    assert (failures["minimum"], failures["maximum"]) == RANGES["breaker_max_failures"]


def test_g210_the_examples_of_the_document_are_policies(admin, member):
    operations = member.get("/openapi.json").json()["paths"]["/admin/services/{service_name}/policy"]

    def example(part: dict[str, Any]) -> Any:
        (found,) = part["content"]["application/json"]["examples"].values()
        return found["value"]

    changed = admin.call("PUT", PATH, example(operations["put"]["requestBody"]))[1]["content"]
    assert changed["updated_fields"] == example(operations["put"]["responses"]["200"])["content"]["updated_fields"]
    shown = example(operations["get"]["responses"]["200"])
    assert admin.call("GET", PATH)[1] == {**shown, "content": {**shown["content"], "service_name": "orders"}}


def test_g210_a_strategy_and_retries_of_the_service_hold_for_all_its_routes(admin, orders):
    for path, strategy in (("/a", "random"), ("/b", "ewma")):
        make_route(path, service=orders, load_balance_strategy=strategy, retry_count=2)
    make_route("/c", service="others", retry_count=2)

    def in_force() -> list[tuple[str, str, int]]:
        routes = sorted(load_configuration().routes, key=lambda route: route.path_pattern)
        return [(route.load_balance_strategy, route.hash_key, route.retry_count) for route in routes]

    other = ("round_robin", "", 2)
    assert in_force() == [("random", "", 2), ("ewma", "", 2), other]
    body = {"load_balance": {"strategy": "hash", "hash_key": "address"}, "connection": {"retry_count": 0}}
    assert admin.call("PUT", PATH, body)[0] == 200
    assert in_force() == [("hash", "address", 0)] * 2 + [other]
    body = {"load_balance": {"strategy": "", "hash_key": ""}, "connection": {"retry_count": None}}
    assert admin.call("PUT", PATH, body)[0] == 200
    assert in_force() == [("random", "", 2), ("ewma", "", 2), other]


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"strategy": "fastest"}, "load_balance.strategy"), ({"strategy": 1}, "load_balance.strategy"),
        ({"strategy": "hash", "hash_key": "moon"}, "load_balance.hash_key"),
        ({"strategy": "random", "hash_key": "address"}, "load_balance.hash_key"),
        ({"hash_key": "address"}, "load_balance.hash_key"), ({"key": "x"}, "load_balance.key"),
    ],
)  # fmt: skip
def test_g210_a_bad_choice_of_instances_is_refused_by_its_place(admin, sent, place):
    status, reply = admin.call("PUT", PATH, {"load_balance": sent})
    assert (status, list(reply["content"]["errors"])) == (400, [place])


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30.0), ("1m30s", 90.0), ("1h", 3600.0), ("1500ms", 1.5), ("1.5s", 1.5), (12, 12.0)]
)
def test_g210_a_time_may_be_said_as_text(admin, text, seconds):
    sent = {"circuit_breaker": {"open_seconds": text, "interval_seconds": text}}
    assert admin.call("PUT", PATH, sent)[0] == 200
    shown = admin.call("GET", PATH)[1]["content"]["circuit_breaker"]
    assert (shown["open_seconds"], shown["interval_seconds"]) == (seconds, seconds)


NO_TIMES = ["", "30", "s", "30 s", "-30s", "30sec", "١s", "1e3s", "30s\n", "9" * 400 + "s", "1s" * 99]


@pytest.mark.alike
@pytest.mark.parametrize("text", NO_TIMES)
def test_g210_what_is_no_time_is_refused_with_how_to_say_one(admin, text):
    for language in ("zh-TW", "en"):
        told = admin.call("PUT", PATH, {"health": {"eject_seconds": text}}, **{"Accept-Language": language})
        assert told[0] == 400
        assert "1m30s" in told[1]["content"]["errors"]["health.eject_seconds"][0]


def test_g210_a_time_in_text_is_held_to_the_same_range(admin):
    status, reply = admin.call("PUT", PATH, {"health": {"timeout_seconds": "2m"}})
    assert (status, list(reply["content"]["errors"])) == (400, ["health.timeout_seconds"])
