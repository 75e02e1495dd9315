"""Examples of /admin/routes for the OpenAPI document, taken from the interface description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

ROUTE_ID = "550e8400-e29b-41d4-a716-446655440000"

BODY = OpenApiExample(
    "A route",
    value={
        "service_name": "user-service",
        "path_pattern": "/api/v1/users/*",
        "target_url": "/users/*",
        "method": "GET",
        "requires_auth": True,
        "rate_limit_rpm": 500,
    },
    request_only=True,
)

CREATED: tuple[str, dict[str, Any]] = (
    "創建路由配置成功",
    {
        "route_id": ROUTE_ID,
        "service_name": "user-service",
        "path_pattern": "/api/v1/users/*",
        "created_at": "2025-01-09 10:30:00",
    },
)

LISTED: tuple[str, dict[str, Any]] = (
    "獲取路由配置成功",
    {
        "total": 15,
        "routes": [
            {
                "id": ROUTE_ID,
                "service_name": "user-service",
                "path_pattern": "/api/v1/users/*",
                "target_url": "/users/*",
                "method": "GET",
                "version": "v1",
                "is_active": True,
                "requires_auth": True,
                "required_permissions": ["user.read"],
                "rate_limit_rpm": 1000,
                "timeout_seconds": 30,
                "priority": 10,
                "created_at": "2025-01-09 10:30:00",
            }
        ],
    },
)

UPDATED: tuple[str, dict[str, Any]] = (
    "更新路由配置成功",
    {
        "route_id": ROUTE_ID,
        "updated_fields": ["rate_limit_rpm", "timeout_seconds"],
        "updated_at": "2025-01-09 11:00:00",
    },
)

DELETED: tuple[str, dict[str, Any]] = (
    "刪除路由配置成功",
    {"route_id": ROUTE_ID, "deleted_at": "2025-01-09 11:30:00"},
)
