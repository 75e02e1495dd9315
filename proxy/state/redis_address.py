"""Where a Redis server is: the URL of the setting, taken apart."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

DEFAULT_PORT = 6379


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Host and port, or the path of a Unix socket; who asks, and for which database."""

    host: str = ""
    port: int = DEFAULT_PORT
    path: str = ""
    tls: bool = False
    user: str = ""
    password: str = ""
    database: int = 0

    def tls_context(self) -> ssl.SSLContext | None:
        """Verifies by the system's certificates; None without TLS."""
        return ssl.create_default_context() if self.tls else None

    def __str__(self) -> str:
        """For logs: without the password."""
        return self.path or f"{self.host}:{self.port}"


def redis_address(url: str) -> RedisAddress:
    """`redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, or `unix://[user:password@]/path?db=N`.

    Raises `ValueError` for anything else.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("REDIS_URL must begin with redis://, rediss:// or unix://")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme == "unix":
        if not parts.path:
            raise ValueError("REDIS_URL: unix:// needs the path of a socket")
        return RedisAddress(path=unquote(parts.path), database=_number(_query(parts)), user=user, password=password)
    named = _query(parts) or parts.path.strip("/")
    return RedisAddress(
        host=parts.hostname or "localhost",
        port=parts.port or DEFAULT_PORT,
        tls=parts.scheme == "rediss",
        database=_number(named),
        user=user,
        password=password,
    )


def _query(parts: SplitResult) -> str:
    return parse_qs(parts.query).get("db", [""])[0]


def _number(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError("REDIS_URL: the database is not a number")
    return int(text or 0)
