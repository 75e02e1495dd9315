"""Examples of roles, grants and issuers for the OpenAPI document."""

from __future__ import annotations

from typing import Any

MADE = {"created_at": "2025-01-09 10:30:00", "updated_at": "2025-01-09 10:30:00"}

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
