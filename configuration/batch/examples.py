"""The batches in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers

from gateway_project.rest.fields import ObjectField
from gateway_project.rest.pending import PendingSerializer
from gateway_project.rest.schema import CHANGE_REASON, DRY_RUN, answers
from routing.api.serializers import RouteSerializer
from services.api.serializers import RegistrationSerializer

ATOMIC = OpenApiParameter("atomic", bool, description="All or nothing: one item that is refused keeps all out.")
NAMED = "Each with `id`: an id, or a name"
FIRST = "880e8400-e29b-41d4-a716-446655440000"


class ItemErrorSerializer(serializers.Serializer):
    """An item that was refused."""

    index = serializers.IntegerField(help_text="Its place in the request, from 0.")
    status = serializers.ChoiceField(["error"])
    code = serializers.CharField(help_text="The code the single request would be answered with.")
    message = serializers.CharField()
    errors = ObjectField(help_text="{field: [messages]}, or what stands in the way.")  # type: ignore[assignment]


class ItemResultSerializer(serializers.Serializer):
    """An item that was written."""

    index = serializers.IntegerField()
    status = serializers.ChoiceField(["success"])
    data = ObjectField()  # type: ignore[assignment]  # it only describes a reply


class BatchContentSerializer(PendingSerializer):
    """Content of every batch."""

    total = serializers.IntegerField()
    successful = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = ItemResultSerializer(many=True)
    errors = ItemErrorSerializer(many=True)  # type: ignore[assignment]


def of_routes() -> dict[str, Any]:
    """POST, PUT and DELETE /admin/batch/routes."""
    bodies = {
        "post": [
            {
                "service_name": "user-service",
                "path_pattern": "/api/v1/users/profile",
                "target_url": "/users/profile",
                "method": "GET",
                "requires_auth": True,
                "rate_limit_rpm": 200,
            }
        ],
        "put": [{"id": FIRST, "rate_limit_rpm": 300}],
        "delete": [{"id": FIRST}],
    }
    data = {
        "post": {"route_id": FIRST, "service_name": "user-service", "path_pattern": "/api/v1/users/profile"},
        "put": {"route_id": FIRST, "updated_fields": ["rate_limit_rpm"]},
        "delete": {"route_id": FIRST},
    }
    texts = {"post": "批量創建路由完成", "put": "批量更新路由完成", "delete": "批量刪除路由完成"}
    return _methods("Routes", "routes", RouteSerializer(many=True), bodies, data, texts)


def of_instances() -> dict[str, Any]:
    """POST, PUT and DELETE /admin/batch/services."""
    bodies = {
        "post": [
            {"service_name": "user-service", "instance_id": "user-service-001", "host": "192.168.1.100", "port": 3001}
        ],
        "put": [{"id": "user-service/user-service-001", "status": "draining"}],
        "delete": [{"id": "user-service/user-service-001"}],
    }
    data = {
        "post": {"instance_id": FIRST, "service_name": "user-service", "endpoint": "http://192.168.1.100:3001"},
        "put": {"instance_id": FIRST, "updated_fields": ["status"]},
        "delete": {"instance_id": FIRST},
    }
    texts = {"post": "批量註冊服務實例完成", "put": "批量更新服務實例完成", "delete": "批量註銷服務實例完成"}
    return _methods("Instances", "services", RegistrationSerializer(many=True), bodies, data, texts)


VERBS = {"post": "create", "put": "update", "delete": "delete"}


def _methods(
    plural: str, key: str, new: Any, bodies: dict[str, Any], data: dict[str, Any], texts: dict[str, str]
) -> dict[str, Any]:
    described = {}
    for method, verb in VERBS.items():
        help_text = NAMED if method == "delete" else f"{NAMED}, and the fields to change."
        items = new if method == "post" else serializers.ListField(child=ObjectField(), help_text=help_text)
        content = {
            "total": 1,
            "successful": 1,
            "failed": 0,
            "results": [{"index": 0, "status": "success", "data": data[method]}],
            "errors": [],
        }
        described[method] = extend_schema(
            operation_id=f"{verb}{plural}",
            summary=f"{verb.capitalize()} up to 1000 {plural.lower()} at once",
            parameters=[ATOMIC, CHANGE_REASON, DRY_RUN],
            request=inline_serializer(f"{verb.capitalize()}{plural}", {key: items}),
            examples=[OpenApiExample(f"One of {plural.lower()}", value={key: bodies[method]}, request_only=True)],
            responses=answers(
                f"Batch{verb.capitalize()}{plural}", BatchContentSerializer, 400, 413, example=(texts[method], content)
            ),
        )
    return described
