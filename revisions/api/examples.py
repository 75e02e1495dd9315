"""Parameters and examples of /admin/revisions for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter

ROUTE_ID = "550e8400-e29b-41d4-a716-446655440000"

NUMBER = OpenApiParameter("number", {"type": "integer", "minimum": 0}, OpenApiParameter.PATH)
OTHER = OpenApiParameter("other", {"type": "integer", "minimum": 0}, OpenApiParameter.PATH)
PAGE = [
    OpenApiParameter("page", {"type": "integer", "minimum": 1, "default": 1}),
    OpenApiParameter("size", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
]
IDENTITY = OpenApiParameter("id", str, OpenApiParameter.PATH, description="As it was; of an instance its UUID.")
NUMBERED = OpenApiParameter("id", str, OpenApiParameter.PATH, description="As it was.")
NAMED = OpenApiParameter("id", str, OpenApiParameter.PATH, description="Its name, or its id as it was.")
INSTANCES = OpenApiParameter(
    "instances",
    bool,
    description="Of a service that is there: its instances too become those of the revision. "
    "One that is gone comes with them.",
)
AS_OF = OpenApiParameter(
    "as_of",
    {"type": "integer", "minimum": 0},
    description="The revision to go back to; left out, the last one before the object was deleted.",
)

REVISION: dict[str, Any] = {
    "number": 42,
    "created_at": "2025-01-09 11:00:00",
    "actor": "root",
    "reason": "Halve the limit",
    "request_id": "0a6ff0a1-8d8c-4f33-9d7e-0b1d2f6c5a10",
    "recorded": True,
    "total_changes": 1,
}
CHANGE: dict[str, Any] = {
    "kind": "route",
    "id": ROUTE_ID,
    "name": "GET /api/v1/users/*",
    "action": "update",
    "fields": {"rate_limit_rpm": {"before": 1000, "after": 500}},
}

LISTED: tuple[str, dict[str, Any]] = ("獲取修訂成功", {"total": 42, "revisions": [REVISION]})
SHOWN: tuple[str, dict[str, Any]] = ("獲取修訂成功", {**REVISION, "changes": [CHANGE]})
COMPARED: tuple[str, dict[str, Any]] = (
    "比較修訂成功",
    {"number": 40, "other": 42, "total_changes": 1, "changes": [CHANGE]},
)
RESTORED: tuple[str, dict[str, Any]] = (
    "還原組態成功",
    {"as_of": 40, "revision": 43, "created": 0, "updated": 1, "deleted": 0},
)
OBJECT_RESTORED: tuple[str, dict[str, Any]] = ("還原成功", {"id": ROUTE_ID, "as_of": 41, "revision": 43})
