"""Examples of /admin/services for the OpenAPI document, taken from the interface description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from services.api.policy_serializers import PolicySerializer

INSTANCE_ID = "660e8400-e29b-41d4-a716-446655440000"

IDENTITY = OpenApiParameter(
    "id",
    str,
    OpenApiParameter.PATH,
    description="The UUID, or the instance's textual id when one service alone has it.",
)

BODY = OpenApiExample(
    "An instance",
    value={
        "service_name": "user-service",
        "instance_id": "user-service-001",
        "host": "192.168.1.100",
        "port": 3001,
        "protocol": "http",
        "weight": 100,
        "health_check_url": "/health",
        "health_check_interval_seconds": 30,
        "metadata": {"version": "1.0.0", "environment": "production"},
    },
    request_only=True,
)

REGISTERED: tuple[str, dict[str, Any]] = (
    "註冊服務實例成功",
    {
        "instance_id": INSTANCE_ID,
        "service_name": "user-service",
        "endpoint": "http://192.168.1.100:3001",
        "registered_at": "2025-01-09 10:30:00",
    },
)

LISTED: tuple[str, dict[str, Any]] = (
    "獲取服務實例成功",
    {
        "service_name": "user-service",
        "total_instances": 3,
        "healthy_instances": 2,
        "instances": [
            {
                "id": INSTANCE_ID,
                "instance_id": "user-service-001",
                "endpoint": "http://192.168.1.100:3001",
                "weight": 100,
                "status": "healthy",
                "last_health_check": "2025-01-09 10:29:30",
                "registered_at": "2025-01-09 08:00:00",
            }
        ],
    },
)

UPDATED: tuple[str, dict[str, Any]] = (
    "更新服務實例成功",
    {
        "instance_id": INSTANCE_ID,
        "updated_fields": ["weight", "status"],
        "updated_at": "2025-01-09 11:00:00",
    },
)

DEREGISTERED: tuple[str, dict[str, Any]] = (
    "註銷服務實例成功",
    {"instance_id": INSTANCE_ID, "deregistered_at": "2025-01-09 12:00:00"},
)

CLOSED = {"state": "closed", "by_hand": False, "since": None, "retry_after_seconds": None}

STATE: tuple[str, dict[str, Any]] = (
    "獲取服務狀態成功",
    {
        "service_name": "user-service",
        "breaker": CLOSED,
        "instances": [
            {
                "id": INSTANCE_ID,
                "instance_id": "user-service-001",
                "endpoint": "http://192.168.1.100:3001",
                "status": "healthy",
                "configured_status": "healthy",
                "status_reason": "",
                "last_health_check": "2025-01-09 10:29:30",
                "weight": 100,
                "priority": 0,
                "load": 3,
                "breaker": {
                    "state": "open",
                    "by_hand": False,
                    "since": "2025-01-09 10:29:45",
                    "retry_after_seconds": 12,
                },
            }
        ],
    },
)

POLICY: tuple[str, dict[str, Any]] = (
    "獲取服務策略成功",
    {
        "service_name": "user-service",
        "circuit_breaker": {
            "max_failures": 3,
            "interval_seconds": 30.0,
            "open_seconds": 30.0,
            "half_open_requests": 1,
            "error_rate": 0.5,
            "min_requests": 20,
        },
        "health": {
            "timeout_seconds": 2.0,
            "healthy_after": 2,
            "unhealthy_after": 3,
            "eject_after": 5,
            "eject_seconds": 30.0,
            "max_ejected_percent": 50,
        },
        "load_balance": {"strategy": "", "hash_key": ""},
        "limits": {"rate_limit_rpm": 600, "limiter_rate": None, "limiter_peak": None},
        "slow_start_seconds": 0.0,
        "connection": {
            "connect_timeout_seconds": 5.0,
            "answer_timeout_seconds": None,
            "retry_count": None,
            "verify_tls": True,
            "tls_server_name": "",
            "tls_ca_pem": "",
        },
        "defaults": [
            "circuit_breaker.interval_seconds",
            "circuit_breaker.open_seconds",
            "circuit_breaker.half_open_requests",
            "circuit_breaker.min_requests",
            "health.timeout_seconds",
            "health.healthy_after",
            "health.unhealthy_after",
            "health.eject_after",
            "health.eject_seconds",
            "health.max_ejected_percent",
            "load_balance.strategy",
            "load_balance.hash_key",
            "limits.limiter_rate",
            "limits.limiter_peak",
            "slow_start_seconds",
            "connection.connect_timeout_seconds",
            "connection.answer_timeout_seconds",
            "connection.retry_count",
            "connection.verify_tls",
            "connection.tls_server_name",
            "connection.tls_ca_pem",
        ],
    },
)

POLICY_BODY = OpenApiExample(
    "Open the circuit earlier, and limit all requests together",
    value={"circuit_breaker": {"max_failures": 3, "error_rate": 0.5}, "limits": {"rate_limit_rpm": 600}},
    request_only=True,
)

POLICY_UPDATED: tuple[str, dict[str, Any]] = (
    "更新服務策略成功",
    {
        "service_name": "user-service",
        "updated_fields": ["circuit_breaker.max_failures", "circuit_breaker.error_rate", "limits.rate_limit_rpm"],
        "updated_at": "2025-01-09 11:00:00",
    },
)

OPEN_BREAKER = OpenApiExample(
    "Keep traffic away from one instance",
    value={"action": "open", "instance_id": "user-service-001"},
    request_only=True,
)

RENEWED: tuple[str, dict[str, Any]] = (
    "租約已續期",
    {"instance_id": INSTANCE_ID, "ttl_seconds": 30, "lease_expires_at": "2025-01-09 10:30:30"},
)

SERVICE = OpenApiParameter("id", str, OpenApiParameter.PATH, description="The name of the service, or its UUID.")

SERVICES: tuple[str, dict[str, Any]] = (
    "獲取服務成功",
    {
        "total": 1,
        "services": [
            {
                "id": "770e8400-e29b-41d4-a716-446655440000",
                "name": "user-service",
                "owner": "user-team",
                "labels": {"stage": "production"},
                **{name: POLICY[1][name] for name in PolicySerializer.Meta.fields},
                "plugins": {},
                "created_at": "2025-01-09 08:00:00",
                "updated_at": "2025-01-09 11:00:00",
            }
        ],
    },
)
