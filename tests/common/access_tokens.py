"""Access tokens of the built-in issuer as the running project accepts them, and nodes with the secret of the tests."""

from __future__ import annotations

import time
import uuid
from typing import Any

import jwt
from django.conf import settings


def access(subject: str = "u1", *, ttl: int = 600, secret: str | None = None, **claims: Any) -> str:
    """A token for `subject`, valid for `ttl` seconds from now."""
    now = int(time.time())
    payload = {
        "iss": settings.GATEWAY_JWT_ISSUER,
        "sub": subject,
        "iat": now,
        "exp": now + ttl,
        "jti": uuid.uuid4().hex,
        "token_type": "access",
        **claims,
    }
    return jwt.encode(payload, secret or settings.GATEWAY_JWT_SECRET, algorithm="HS256")


def administrator(subject: str = "root") -> str:
    """A token for an hour of any API call."""
    return access(subject, ttl=3600, permissions=["gateway.admin"])
