"""Examples for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

ROUTE: dict[str, Any] = {
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "name": "",
    "path_pattern": "/api/v1/users/*",
    "service": "user-service",
    "priority": 0,
    "problem": "",
}

EXPLAIN = OpenApiExample(
    "A request",
    value={"method": "GET", "path": "/api/v1/users/7", "host": "api.example.com", "token": "eyJhbGciOiJIUzI1NiJ9…"},
    request_only=True,
)

EXPLAINED: tuple[str, dict[str, Any]] = (
    "已解釋請求",
    {
        "revision": 17,
        "outcome": "refused",
        "code": "F40003",
        "status": 403,
        "reason": "needs any of user.read",
        "path": {"sent": "/api/v1/users/7", "canonical": "/api/v1/users/7", "ambiguities": [], "refused": ""},
        "candidates": [
            {
                "route": ROUTE,
                "verdict": "serves",
                "checks": [
                    {"subject": "host", "text": "any host", "passed": True},
                    {"subject": "path", "text": "path is /api/v1/users/* (prefix)", "passed": True},
                    {"subject": "method", "text": "method is one of GET", "passed": True},
                ],
            }
        ],
        "candidates_left_out": 0,
        "route": ROUTE,
        "steps": [
            {
                "stage": "authenticate",
                "verdict": "passes",
                "status": None,
                "code": "",
                "reason": "",
                "details": {"subject": "u1", "consumer": "", "roles": [], "valid_seconds": 3540},
            },
            {
                "stage": "check_permission",
                "verdict": "refuses",
                "status": 403,
                "code": "F40003",
                "reason": "needs any of user.read",
                "details": {"required": ["user.read"], "strategy": "any", "held": [], "missing": ["user.read"]},
            },
            {
                "stage": "dispatch",
                "verdict": "not_reached",
                "status": None,
                "code": "",
                "reason": "",
                "details": {},
            },
        ],
        "upstream": {
            "service": "user-service",
            "diverted": False,
            "path": "/users/7",
            "strategy": "round_robin",
            "circuit": "closed",
            "instances": [
                {
                    "id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                    "instance_id": "user-service-1",
                    "endpoint": "http://10.0.0.5:8001",
                    "weight": 100,
                    "tier": 0,
                    "status": "healthy",
                    "reason": "",
                    "circuit": "closed",
                    "usable": True,
                }
            ],
            "picked": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        },
    },
)

CHECK = OpenApiExample("Of oneself", value={"method": "GET", "path": "/api/v1/users/7"}, request_only=True)
CHECKS = OpenApiExample(
    "Several, by an administrator",
    value={"checks": [{"subject": "u1", "path": "/a"}, {"subject": "u2", "roles": ["reader"], "path": "/a"}]},
    request_only=True,
)

CHECKED: tuple[str, dict[str, Any]] = (
    "已檢查權限",
    {
        "allowed": False,
        "code": "F40003",
        "reason": "needs any of user.read",
        "route": ROUTE,
        "strategy": "any",
        "required": ["user.read"],
        "held": [],
        "missing": ["user.read"],
    },
)

CONFLICTS: tuple[str, dict[str, Any]] = (
    "獲取衝突成功",
    {
        "revision": 17,
        "total": 1,
        "conflicts": [
            {
                "kind": "shadowed",
                "severity": "warning",
                "subject": "route",
                "subject_id": "550e8400-e29b-41d4-a716-446655440000",
                "name": "/api/v1/users/*",
                "by": ["6fa459ea-ee8a-3ca4-894e-db77e160355e"],
                "text": "no request reaches it: earlier routes take all of its requests",
            }
        ],
    },
)

PROBLEMS: tuple[str, dict[str, Any]] = (
    "獲取問題成功",
    {
        "revision": 17,
        "total": 1,
        "problems": [
            {
                "subject": "route",
                "subject_id": "550e8400-e29b-41d4-a716-446655440000",
                "name": "/legacy/*",
                "text": "service old is not in the configuration",
            }
        ],
    },
)
