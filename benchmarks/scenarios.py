"""What is asked of every gateway, and with which token."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import jwt

SECRET = "benchmark-secret-of-32-bytes-min"
"""Known to every peer and worth nothing: the servers live on loopback for a minute."""
ISSUER = "api-gateway"
PERMISSION = "report.read"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One path of the load."""

    name: str
    path: str
    needs_token: bool
    describes: str


PLAIN = Scenario("plain", "/plain/item", needs_token=False, describes="forward, round robin over two")
WHOLE_JOB = Scenario(
    "whole job", "/whole/item", needs_token=True, describes="JWT HS256, one permission, forward, round robin over two"
)
SCENARIOS = (PLAIN, WHOLE_JOB)


def token(*, lifetime: float = 3600, secret: str = SECRET, permission: str = PERMISSION) -> str:
    """A signed token of the form the gateway's built-in issuer makes; a negative lifetime makes an expired one."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "sub": "bench",
        "jti": f"bench-{now}",
        "iat": min(now, now + int(lifetime)),
        "exp": now + int(lifetime),
        "token_type": "access",
        "permissions": [permission],
    }
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "bench"})
