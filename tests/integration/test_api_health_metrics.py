"""/health, /metrics, /openapi.json and /swagger-ui (G-006, G-240…G-261)."""

from __future__ import annotations

import threading
import time

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway_project.health import dependencies
from gateway_project.health.probe import Probe
from tests.common.factories import make_hour, make_instance, make_route


@pytest.mark.django_db(transaction=True)
def test_g240_health_is_that_of_the_interface_description(client):
    make_route("/a")
    make_route("/off", is_active=False)
    response = client.get("/health")
    reply = response.json()
    assert (response.status_code, reply["code"], reply["msg"]) == (200, "S10000", "服務正常")
    content = reply["content"]
    assert (content["status"], content["service"], content["version"]) == ("healthy", "api-gateway", "1.0.0")
    assert (content["database"], content["cache"], content["active_routes"]) == ("connected", "connected", 1)
    assert (content["revision"], content["workers"]) == (int(response["X-Gateway-Revision"]), [])


@pytest.mark.django_db
def test_g241_a_dependency_in_trouble_is_503_with_its_issue(client, monkeypatch):
    def refuse() -> dict:
        raise ConnectionError("password=secret refused")

    monkeypatch.setattr(dependencies, "database", Probe("database", refuse))
    response = client.get("/health")
    reply = response.json()
    assert (response.status_code, reply["code"], reply["msg"]) == (503, "F50000", "服務異常")
    assert reply["content"]["database"] == "error: connection failed"
    assert reply["content"]["issues"] == ["数据库: connection failed"]
    assert "secret" not in response.content.decode()


@pytest.mark.django_db
def test_g241_a_database_that_hangs_is_reported_within_two_seconds_and_costs_one_thread(client, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(dependencies, "database", Probe("stuck", lambda: {"revision": int(release.wait(30))}))
    for _ in range(2):
        began = time.monotonic()
        reply = client.get("/health").json()
        assert time.monotonic() - began < 20, "1.5 s of its own, and what a busy machine adds; the database takes 30"
        assert reply["content"]["issues"] == ["数据库: connection timeout"]
    assert sum(thread.name == "probe-stuck" for thread in threading.enumerate()) == 1
    release.set()


@pytest.mark.django_db(transaction=True)
def test_g242_live_and_ready(client):
    assert client.get("/health/live").json()["content"]["status"] == "healthy"
    assert client.get("/health/ready").json()["code"] == "S10000"


@pytest.mark.django_db
def test_a_bad_token_does_not_spoil_health(client):
    assert client.get("/health/live", headers={"Authorization": "Bearer x"}).status_code == 200


EXPECTED = """# HELP gateway_requests_total Total number of requests
# TYPE gateway_requests_total counter
gateway_requests_total 15234
# HELP gateway_errors_total Total number of error requests
# TYPE gateway_errors_total counter
gateway_errors_total 142
# HELP gateway_response_time_ms Average response time in milliseconds
# TYPE gateway_response_time_ms gauge
gateway_response_time_ms 125.5
# HELP gateway_active_routes Number of active routes
# TYPE gateway_active_routes gauge
gateway_active_routes 1
# HELP gateway_healthy_instances Number of healthy service instances
# TYPE gateway_healthy_instances gauge
gateway_healthy_instances 1"""


@pytest.mark.django_db
def test_g261_metrics_are_the_five_families_word_for_word(client):
    make_route("/a")
    make_route("/off", is_active=False)
    make_instance()
    make_instance(status="draining")
    make_hour(requests=15000, errors=140, seconds=15000 * 0.1255)
    make_hour(1, requests=234, errors=2, seconds=234 * 0.1255)
    make_hour(24, requests=1000, errors=1000, seconds=9)
    reply = client.get("/metrics").json()
    assert (reply["code"], reply["msg"], reply["content"]) == ("S10000", "獲取監控指標成功", {"metrics": EXPECTED})


@pytest.mark.django_db
def test_g006_the_openapi_document_is_valid_and_lists_every_endpoint(client):
    response = client.get("/openapi.json")
    document = response.json()
    assert (response["Content-Type"].split(";")[0], document["openapi"]) == ("application/json", "3.1.0")
    OpenAPIV31SpecValidator(document).validate()
    paths = {(path, method) for path, item in document["paths"].items() for method in item}
    assert paths >= {
        ("/admin/routes", "get"),
        ("/admin/routes", "post"),
        ("/admin/routes/{id}", "get"),
        ("/admin/routes/{id}", "put"),
        ("/admin/routes/{id}", "delete"),
        ("/admin/services", "get"),
        ("/admin/services", "post"),
        ("/admin/services/{id}", "put"),
        ("/admin/services/{id}", "delete"),
        ("/health", "get"),
        ("/metrics", "get"),
    }
    create = document["paths"]["/admin/routes"]["post"]
    assert {"200", "400", "401", "403", "409", "413", "500"} <= set(create["responses"])
    assert create["security"] == [{"bearer": []}, {"cookieAuth": []}]


@pytest.mark.django_db
def test_g006_swagger_ui_works_without_outside_assets(client):
    for path in ("/swagger-ui", "/swagger-ui/"):
        response = client.get(path)
        page = response.content.decode()
        assert response.status_code == 200
        assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
        assert "http://" not in page
        assert "https://" not in page
    bundle = client.get("/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")
    assert bundle.status_code == 200
    bundle.close()


@pytest.mark.django_db
def test_g006_every_reply_of_a_write_has_an_example_and_its_headers_are_described(client):
    document = client.get("/openapi.json").json()
    paths, shared = document["paths"], document["components"]["responses"]
    for path, method in (("/admin/routes", "post"), ("/admin/routes/{id}", "put"), ("/admin/services/{id}", "delete")):
        operation = paths[path][method]
        for status in ("200", "401", "500"):
            response = operation["responses"][status]
            response = shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
            assert response["content"]["application/json"]["examples"], (path, status)
        names = {parameter["name"] for parameter in operation["parameters"]}
        assert "X-Change-Reason" in names
        assert ("If-Match" in names) == (method != "post")
