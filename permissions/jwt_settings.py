"""simplejwt's settings, in one place because a wrong one opens the gateway. Imported by settings: no Django here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any


def simple_jwt(secret: str, issuer: str, access_seconds: int, refresh_seconds: int) -> dict[str, Any]:
    """SIMPLE_JWT for tokens the data plane accepts as those of the built-in issuer.

    The signing key is GATEWAY_JWT_SECRET and not, as simplejwt would have it, SECRET_KEY: what signs sessions
    must not be known to every worker. Users are named by login, for that is what upstreams are told. Refresh
    tokens are rotated and the old one blacklisted by our own code, which fails where simplejwt would pass
    silently if the blacklist app were missing.
    """
    return {
        "ALGORITHM": "HS256",
        "SIGNING_KEY": secret,
        "ISSUER": issuer,
        "AUDIENCE": None,
        "LEEWAY": 0,
        "ACCESS_TOKEN_LIFETIME": timedelta(seconds=access_seconds),
        "REFRESH_TOKEN_LIFETIME": timedelta(seconds=refresh_seconds),
        "ROTATE_REFRESH_TOKENS": True,
        "BLACKLIST_AFTER_ROTATION": True,
        "USER_ID_FIELD": "username",
        "USER_ID_CLAIM": "user_id",
        "JTI_CLAIM": "jti",
        "TOKEN_TYPE_CLAIM": "token_type",
        "AUTH_HEADER_TYPES": ("Bearer",),
    }
