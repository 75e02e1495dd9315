"""The application of `python_proxy.py`: match by prefix, check the token, forward, answer."""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import jwt

from benchmarks.scenarios import ALGORITHMS
from benchmarks.tokens import ISSUERS, PERMISSION, SECRET, Algorithm

UPSTREAMS = itertools.cycle(f"http://127.0.0.1:{port}" for port in os.environ["BENCH_UPSTREAM_PORTS"].split(","))
CLIENT = httpx.AsyncClient(limits=httpx.Limits(max_connections=512, max_keepalive_connections=512))
KEYS: dict[Algorithm, str] = {"HS256": SECRET, "RS256": os.environ["BENCH_PUBLIC_KEY"]}


def refusal(headers: dict[bytes, bytes], algorithm: Algorithm) -> int | None:
    """401 without a valid token, 403 without the permission, None when the request may pass."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    try:
        given = token if scheme == "Bearer" else ""
        claims = jwt.decode(given, KEYS[algorithm], algorithms=[algorithm], issuer=ISSUERS[algorithm])
    except jwt.InvalidTokenError:
        return 401
    return None if PERMISSION in claims.get("permissions", ()) else 403


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """ASGI entry; bodies are read whole, both of them."""
    headers = dict(scope["headers"])
    algorithm = ALGORITHMS.get(scope["path"].split("/")[1])
    status = refusal(headers, algorithm) if algorithm else None
    if status is not None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    kept = [(name, value) for name, value in scope["headers"] if name not in (b"host", b"connection")]
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    pieces, more = [], True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    url = next(UPSTREAMS) + target.decode("ascii")
    answer = await CLIENT.request(scope["method"], url, headers=kept, content=b"".join(pieces))
    sent = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() != b"connection"]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": sent})
    await send({"type": "http.response.body", "body": answer.content})
