"""G-502: OpenAPI documents of the shapes people have, as routes of a service."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from drf_spectacular.generators import SchemaGenerator

from configuration.files.writing import as_json
from revisions.models import Revision
from routing.models import Route
from services.models import Service
from tests.common.factories import make_service
from tests.conftest import Caller

pytestmark = pytest.mark.django_db

SHOP = """\
openapi: 3.0.3
info: {title: Shop, version: 1.0.0}
servers:
- url: https://shop.internal:8443/v1
- url: https://sandbox.example/v1
security:
- bearer: []
paths:
  /orders:
    parameters:
    - {name: page, in: query, schema: {type: integer}}
    get:
      operationId: listOrders
      tags: [orders]
      summary: All orders
      responses:
        200: {description: fine}
    post:
      operationId: createOrder
      tags: [orders]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses:
        '201': {description: made}
  /orders/{orderId}:
    get: {operationId: readOrder, responses: {200: {description: fine}}}
    head: {responses: {200: {description: fine}}}
    delete: {operationId: deleteOrder, responses: {204: {description: gone}}}
  /orders/{orderId}/items:
    get: {operationId: listItems, responses: {200: {description: fine}}}
  /status:
    get: {security: [], responses: {200: {description: fine}}}
components:
  schemas:
    Order: &order
      type: object
      properties: {id: {type: string, example: "${id}"}, at: {type: string, example: 2025-01-09}}
    Same: *order
"""


def run(file: Path, *arguments: str) -> str:
    out = io.StringIO()
    call_command("import_openapi", str(file), *arguments, stdout=out)
    return out.getvalue()


def test_g502_a_yaml_document_is_shown_and_stored(tmp_path: Path):
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    told = run(file, "--service", "shop", "--prefix", "/shop", "--dry-run")
    assert "Plan: 8 to create" in told
    assert "--prune" not in told, "this command has none"
    assert not Route.objects.exists()
    run(file, "--service", "shop", "--prefix", "/shop")
    routes = {route.name: route for route in Route.objects.live()}
    assert {
        name: (route.method, route.path_pattern, route.target_url, route.requires_auth)
        for name, route in routes.items()
    } == {
        "listOrders": ("GET", "/shop/orders", "/v1/orders", True),
        "createOrder": ("POST", "/shop/orders", "/v1/orders", True),
        "readOrder": ("GET", "/shop/orders/*", "/v1/orders/*", True),
        "deleteOrder": ("DELETE", "/shop/orders/*", "/v1/orders/*", True),
        "listItems": ("GET", "/shop/orders/*/items", "/v1/orders/*/items", True),
        "GET /status": ("GET", "/shop/status", "/v1/status", False),
    }
    assert routes["listItems"].priority > routes["readOrder"].priority
    assert [one.endpoint for one in Service.objects.get().instances.all()] == ["https://shop.internal:8443"]
    number = Revision.objects.count()
    assert "No changes" in run(file, "--service", "shop", "--prefix", "/shop")
    assert Revision.objects.count() == number


def test_g502_what_the_document_does_not_say_stays(tmp_path: Path):
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    make_service("shop", rate_limit_rpm=600, labels={"team": "shop"})
    run(file, "--service", "shop")
    Route.objects.filter(name="readOrder").update(timeout_seconds=7, plugins={"cors": {"enabled": False}})
    file.write_text(SHOP.replace("operationId: readOrder", "operationId: readOrder, summary: One"))
    run(file, "--service", "shop")
    route = Route.objects.get(name="readOrder")
    assert (route.description, route.timeout_seconds, route.plugins) == ("One", 7, {"cors": {"enabled": False}})
    service = Service.objects.get()
    assert (service.rate_limit_rpm, service.labels) == (600, {"team": "shop"})


def test_g502_the_gateways_own_document_is_one_too(admin: Caller, tmp_path: Path):
    document = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
    file = tmp_path / "openapi.json"
    file.write_text(as_json(document))
    run(file, "--service", "gateway", "--prefix", "/upstream")
    operations = [one for path in document["paths"].values() for one in path if one in ("get", "post", "put", "delete")]
    assert Route.objects.count() == len(operations)


def test_g502_a_document_that_cannot_be_routes_stores_nothing(tmp_path: Path):
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP.replace("/status:", "/status.{form}:"))
    with pytest.raises(CommandError, match=r"shop\.yaml: line 30: paths “/status\.\{form\}”"):
        run(file, "--service", "shop")
    file.write_text(SHOP.replace("/status:", "/admin/status:"))
    with pytest.raises(CommandError, match="belongs to the gateway itself"):
        run(file, "--service", "shop")
    assert not Route.objects.exists()


def test_g502_a_document_is_imported_over_the_api_with_a_preview(admin: Caller, member: Caller):
    body = {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a"}}}}
    status, reply = admin.call("POST", "/admin/config/openapi?service=shop&prefix=/s&dry_run=true", body)
    assert (status, reply["content"]["dry_run"], reply["content"]["summary"]["create"]) == (200, True, 2)
    assert not Route.objects.exists()
    status, reply = admin.call("POST", "/admin/config/openapi?service=shop&prefix=/s", body)
    assert (status, Route.objects.get().path_pattern) == (200, "/s/a")
    sent = admin.generic("POST", "/admin/config/openapi?service=shop", SHOP.encode(), content_type="application/yaml")
    assert sent.status_code == 200
    assert Route.objects.count() == 7
    assert admin.call("POST", "/admin/config/openapi", body)[1]["content"]["errors"].keys() == {"service"}
    status, reply = admin.call("POST", "/admin/config/openapi?service=s", {**body, "paths": {"/a-{b}": {"get": {}}}})
    assert (status, list(reply["content"]["errors"])) == (400, ["paths./a-{b}"])
    assert member.call("POST", "/admin/config/openapi?service=s", body)[0] == 403
