"""GET /admin/services/{name}/state and POST …/breaker (G-210, G-360)."""

from __future__ import annotations

import time

import pytest

from proxy.breaker.rules import Settlement, board_key, decode
from proxy.breaker.service_breakers import ServiceBreakers
from proxy.metering.series import key
from proxy.node.control.service_circuits import ServiceCircuits
from proxy.state.own_board import OwnBoard
from revisions.current import current_revision
from services import circuits
from services.compile import service_specs
from tests.common.factories import make_instance, make_service

pytestmark = pytest.mark.django_db
CLOSED = {"state": "closed", "by_hand": False, "since": None, "retry_after_seconds": None}


class Traffic:
    """One service with two instances, and the board its workers would share."""

    def __init__(self) -> None:
        self.board = OwnBoard()
        self.gauges: dict[str, float] = {}
        self.service = make_service("user-service", breaker_max_failures=2, breaker_open_seconds=20.0)
        self.first = make_instance(self.service, instance_id="a", host="10.0.0.1", port=80, weight=7, priority=1)
        self.second = make_instance(self.service, instance_id="b", status="draining")

    def fails(self, name: str, times: int) -> None:
        (spec,) = service_specs()
        breakers = ServiceBreakers(spec, self.board)
        for _ in range(times):
            ticket = breakers.admit(name, time.monotonic(), time.monotonic() + 9)
            breakers.settle((Settlement(name, ticket, "failure"),), time.monotonic())

    def states(self) -> dict[str, str]:
        found = decode(self.board.read(board_key(str(self.service.pk))))
        names = {"": "service", str(self.first.pk): "a", str(self.second.pk): "b"}
        return {names[name]: str(breaker.phase) for name, breaker in found.items()}


@pytest.fixture
def traffic():
    made = Traffic()
    circuits.register(ServiceCircuits(made.board, lambda: made.gauges, lambda call: call()))
    yield made
    circuits.unregister()


def test_g210_the_state_of_a_service_nothing_has_happened_to(member, traffic):
    status, reply = member.call("GET", "/admin/services/user-service/state")
    assert (status, reply["code"], reply["msg"]) == (200, "S10000", "獲取服務狀態成功")
    content = reply["content"]
    assert (content["service_name"], content["breaker"]) == ("user-service", CLOSED)
    first, second = content["instances"]
    assert first == {
        "id": str(traffic.first.pk), "instance_id": "a", "endpoint": "http://10.0.0.1:80", "status": "healthy",
        "configured_status": "healthy", "status_reason": "", "last_health_check": None,
        "weight": 7, "priority": 1, "load": 0,
        "breaker": CLOSED,
    }  # fmt: skip
    assert (second["status"], second["status_reason"]) == ("draining", "configured")


def test_g360_what_the_workers_do_is_shown(member, traffic):
    connections = [("user-service", "a", "in_use"), ("user-service", "a", "idle"), ("other", "b", "in_use")]
    traffic.gauges = {key("upstream_connections", *labels): 3.0 for labels in connections} | {key("in_flight"): 9.0}
    traffic.fails(str(traffic.first.pk), 2)
    first, second = member.call("GET", "/admin/services/user-service/state")[1]["content"]["instances"]
    assert (first["load"], second["load"]) == (3, 0)
    assert first["breaker"]["state"] == "open"
    assert 10 < first["breaker"]["retry_after_seconds"] <= 20
    assert first["breaker"]["since"] is not None
    assert second["breaker"] == CLOSED


def test_g360_open_close_and_reset_by_hand(admin, traffic):
    before = current_revision()
    path = "/admin/services/user-service/breaker"
    status, reply = admin.call("POST", path, {"action": "open"})
    assert (status, reply["msg"]) == (200, "熔斷器已變更")
    assert (reply["content"]["breaker"]["state"], reply["content"]["breaker"]["by_hand"]) == ("open", True)
    assert reply["content"]["breaker"]["retry_after_seconds"] is None
    admin.call("POST", path, {"action": "open", "instance_id": "a"})
    admin.call("POST", path, {"action": "open", "instance_id": str(traffic.second.pk).upper()})
    assert traffic.states() == {"service": "open", "a": "open", "b": "open"}
    admin.call("POST", path, {"action": "close", "instance_id": "a"})
    assert traffic.states() == {"service": "open", "a": "closed", "b": "open"}
    admin.call("POST", path, {"action": "reset"})
    assert traffic.states() == {"service": "closed", "a": "closed", "b": "closed"}
    assert current_revision() == before, "no configuration was changed"


def test_g360_a_reset_forgets_what_was_counted(admin, traffic):
    traffic.fails(str(traffic.first.pk), 1)
    admin.call("POST", "/admin/services/user-service/breaker", {"action": "reset", "instance_id": "a"})
    traffic.fails(str(traffic.first.pk), 1)
    assert traffic.states() == {"a": "closed"}
    traffic.fails(str(traffic.first.pk), 1)
    assert traffic.states() == {"a": "open"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "shut"}, "action"),
        ({"action": None}, "action"),
        ({"action": "open", "instance_id": "nobody"}, "instance_id"),
        ({"action": "open", "instance_id": ""}, "instance_id"),
        ({"action": "open", "instance_id": 1}, "instance_id"),
        ({"action": "open", "instance": "a"}, "instance"),
    ],
)
def test_g360_a_bad_body_is_named(admin, traffic, body, field):
    status, reply = admin.call("POST", "/admin/services/user-service/breaker", body)
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])
    assert traffic.states() == {}


@pytest.mark.parametrize(("method", "path"), [("GET", "state"), ("POST", "breaker")])
def test_g210_an_unknown_service_is_not_found(admin, method, path):
    for name in ("nobody", "user%00service"):
        status, reply = admin.call(
            method, f"/admin/services/{name}/{path}", {"action": "open"} if method == "POST" else None
        )
        assert (status, reply["code"], reply["msg"]) == (404, "F40400", "服務未找到")


def test_g360_who_may(anonymous, member, traffic):
    path = "/admin/services/user-service"
    assert anonymous.call("GET", f"{path}/state")[1]["code"] == "F40001"
    assert anonymous.call("POST", f"{path}/breaker", {"action": "open"})[1]["code"] == "F40001"
    assert member.call("POST", f"{path}/breaker", {"action": "open"})[1]["code"] == "F40003"
    assert traffic.states() == {}


def test_g360_where_nothing_carries_traffic_all_is_closed_and_nothing_can_be_opened(admin):
    make_instance(make_service("user-service"))
    content = admin.call("GET", "/admin/services/user-service/state")[1]["content"]
    assert (content["breaker"], content["instances"][0]["breaker"]) == (CLOSED, CLOSED)
    status, reply = admin.call("POST", "/admin/services/user-service/breaker", {"action": "open"})
    assert (status, reply["code"]) == (503, "F50300")


def test_g210_a_name_with_a_slash_and_the_number_of_queries(member, django_assert_num_queries):
    service = make_service("team/users")
    for _ in range(3):
        make_instance(service)
    member.call("GET", "/admin/services/team/users/state")
    with django_assert_num_queries(5):  # the revision, twice, the caller, the service, its instances
        assert member.call("GET", "/admin/services/team/users/state")[0] == 200


def test_g210_both_are_in_the_openapi_document_with_their_errors(member):
    paths = member.get("/openapi.json").json()["paths"]
    state, breaker = paths["/admin/services/{name}/state"]["get"], paths["/admin/services/{name}/breaker"]["post"]
    assert set(state["responses"]) == {"200", "400", "401", "403", "404", "429", "500", "503"}
    assert set(breaker["responses"]) == {"200", "400", "401", "403", "404", "413", "429", "500", "503"}
