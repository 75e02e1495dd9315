"""Change sets in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

SET_ID = "770e8400-e29b-41d4-a716-446655440000"

BODY = OpenApiExample(
    "A service moves",
    value={
        "reason": "orders moves to new machines",
        "changes": [
            {
                "action": "create",
                "kind": "instance",
                "data": {"service_name": "orders", "instance_id": "c", "host": "10.0.0.9", "port": 3001},
            },
            {"action": "update", "kind": "instance", "name": "orders/a", "data": {"status": "draining"}},
            {"action": "update", "kind": "route", "name": "orders", "data": {"timeout_seconds": 60}},
        ],
    },
    request_only=True,
)

PUBLISHED: tuple[str, dict[str, Any]] = (
    "變更集已發布",
    {
        "changeset_id": SET_ID,
        "state": "published",
        "total": 1,
        "revision": 7,
        "results": [
            {
                "index": 0,
                "action": "update",
                "kind": "route",
                "id": "550e8400-e29b-41d4-a716-446655440000",
                "name": "orders",
                "updated_fields": ["timeout_seconds"],
            }
        ],
    },
)
