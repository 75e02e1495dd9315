"""Examples of the resources of this app for the OpenAPI document."""

from __future__ import annotations

from typing import Any

MADE = {"created_at": "2025-01-09 10:30:00", "updated_at": "2025-01-09 10:30:00"}

PERMISSION: dict[str, Any] = {
    "body": {
        "permission_code": "custom.permission",
        "permission_name": "自定義權限",
        "description": "自定義權限描述",
        "resource_type": "custom",
        "actions": ["read", "write"],
        "is_system": False,
    },
    "changes": {"permission_name": "另一個名稱"},
    "shown": {
        "id": "3",
        "permission_code": "custom.permission",
        "permission_name": "自定義權限",
        "description": "自定義權限描述",
        "resource_type": "custom",
        "actions": ["read", "write"],
        "is_system": False,
        "created_at": "2025-01-09 10:30:00",
    },
}

CONSUMER: dict[str, Any] = {
    "body": {"name": "shop", "description": "The web shop", "labels": {"team": "sales"}, "rate_limit_rpm": 600},
    "changes": {"rate_limit_rpm": 1200},
    "shown": {
        "id": "1",
        "name": "shop",
        "description": "The web shop",
        "is_active": True,
        "labels": {"team": "sales"},
        "jwt_subject": None,
        "rate_limit_rpm": 600,
        "plugins": {},
        **MADE,
    },
}

KEY_TEXT = "gw_…"

KEY: dict[str, Any] = {
    "body": {"name": "production"},
    "changes": {"is_active": False},
    "shown": {
        "id": "1",
        "name": "production",
        "prefix": "gw_4fK29sXq",
        "last_characters": "Zt8A",
        "expires_at": None,
        "is_active": True,
        **MADE,
    },
}

BASIC: dict[str, Any] = {
    "body": {"username": "till-1", "password": "correct horse battery"},
    "changes": {"expires_at": "2025-12-31 00:00:00"},
    "shown": {"id": "2", "name": "", "username": "till-1", "expires_at": None, "is_active": True, **MADE},
}

ROLE: dict[str, Any] = {
    "body": {"name": "reader", "description": "Reads users and orders"},
    "changes": {"description": "Reads users"},
    "shown": {"id": "2", "name": "reader", "description": "Reads users and orders", **MADE},
}

GRANT: dict[str, Any] = {
    "body": {"permission": "service.read", "role": "reader", "expires_at": "2025-12-31 00:00:00"},
    "changes": {"expires_at": "2026-12-31 00:00:00"},
    "shown": {
        "id": "5",
        "permission": "service.read",
        "user": "",
        "role": "reader",
        "consumer": None,
        "granted_by": "root",
        "granted_at": "2025-01-09 10:30:00",
        "expires_at": "2025-12-31 00:00:00",
        "updated_at": "2025-01-09 10:30:00",
    },
}

ISSUER: dict[str, Any] = {
    "body": {
        "name": "company",
        "issuer": "https://login.example.com",
        "algorithms": ["RS256", "ES256"],
        "jwks_url": "https://login.example.com/.well-known/jwks.json",
        "audience": "gateway",
    },
    "changes": {"leeway_seconds": 5},
    "shown": {
        "id": "3",
        "name": "company",
        "issuer": "https://login.example.com",
        "algorithms": ["RS256", "ES256"],
        "key_kind": "jwks",
        "public_key_pem": "",
        "jwks_url": "https://login.example.com/.well-known/jwks.json",
        "fingerprint": "",
        "audience": "gateway",
        "leeway_seconds": 0,
        "may_name_teams": False,
        "is_active": True,
        "expires_at": None,
        **MADE,
    },
}

ISSUER_TESTED: tuple[str, dict[str, Any]] = (
    "已檢查密鑰",
    {
        "issuer_id": "3",
        "key_kind": "jwks",
        "usable": True,
        "problem": "",
        "keys": [
            {"kid": "2025-01", "kty": "RSA", "algorithms": ["RS256"], "problem": ""},
            {"kid": "enc", "kty": "RSA", "algorithms": [], "problem": "not a key for verifying signatures"},
        ],
    },
)

REVOCATION: dict[str, Any] = {
    "shown": {
        "id": "9",
        "jti": "0c5f1f5b8ac94ba0a3c0a2f6c5d1f1aa",
        "expires_at": "2025-01-09 11:30:00",
        "revoked_at": "2025-01-09 10:30:00",
        "revoked_by": "root",
        "reason": "a lost laptop",
    },
}
