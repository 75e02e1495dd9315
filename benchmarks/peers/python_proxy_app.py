"""The application of `python_proxy.py`: match by prefix, check the token, forward, answer."""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import jwt

from benchmarks.scenarios import ISSUER, PERMISSION, SECRET

UPSTREAMS = itertools.cycle(f"http://127.0.0.1:{port}" for port in os.environ["BENCH_UPSTREAM_PORTS"].split(","))
CLIENT = httpx.AsyncClient(limits=httpx.Limits(max_connections=512, max_keepalive_connections=512))


def refusal(headers: dict[bytes, bytes]) -> int | None:
    """401 without a valid token, 403 without the permission, None when the request may pass."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    try:
        claims = jwt.decode(token if scheme == "Bearer" else "", SECRET, algorithms=["HS256"], issuer=ISSUER)
    except jwt.InvalidTokenError:
        return 401
    return None if PERMISSION in claims.get("permissions", ()) else 403


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """ASGI entry; GET only, which is all the load sends."""
    headers = dict(scope["headers"])
    status = refusal(headers) if scope["path"].startswith("/whole/") else None
    if status is not None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    kept = [(name, value) for name, value in scope["headers"] if name not in (b"host", b"connection")]
    answer = await CLIENT.get(next(UPSTREAMS) + scope["path"], headers=kept)
    sent = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() != b"connection"]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": sent})
    await send({"type": "http.response.body", "body": answer.content})
