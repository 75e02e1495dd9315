"""A key set asked of its address (G-007, RFC 7517 §5): within five seconds, at most 256 KiB, where the guard allows it.

Redirects, proxies of the environment and compressed bodies are not followed, used or decoded. Loads httpx, which a
process whose configuration names no such address need not hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import lru_cache

import httpx

from proxy.key_set import KeySetError
from proxy.transport.target_guard import TargetGuard

FETCH_SECONDS = 5.0
MAX_DOCUMENT_BYTES = 256 * 1024
DEFAULT_PORTS = {"http": 80, "https": 443}
FAILURES = (KeySetError, httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, OSError)
"""What asking an address may raise."""


async def download(url: str, guard: TargetGuard) -> bytes:
    """The body of a 200 reply of at most 256 KiB within five seconds.

    Raises `KeySetError` for another reply, `httpx.HTTPError`, `httpx.InvalidURL`, `TimeoutError` or `OSError` for none.
    """
    async with asyncio.timeout(FETCH_SECONDS):
        asked = httpx.URL(url)
        if asked.scheme not in DEFAULT_PORTS:
            raise KeySetError("neither http nor https")
        port = asked.port or DEFAULT_PORTS[asked.scheme]
        *others, last = await guard.addresses(asked.raw_host.decode("ascii"), port)
        for address in others:
            with contextlib.suppress(httpx.ConnectError):
                return await _download_from(address, asked)
        return await _download_from(last, asked)


@lru_cache(1)
def _tls() -> ssl.SSLContext:
    """Parsing the trust store takes longer than a fetch."""
    return ssl.create_default_context()


async def _download_from(address: str, url: httpx.URL) -> bytes:
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Accept": "application/jwk-set+json, application/json",
        "Accept-Encoding": "identity",
    }
    there, extensions = url.copy_with(host=address), {"sni_hostname": url.raw_host.decode("ascii")}
    async with (
        httpx.AsyncClient(verify=_tls(), trust_env=False, follow_redirects=False, timeout=FETCH_SECONDS) as client,
        client.stream("GET", there, headers=headers, extensions=extensions) as reply,
    ):
        if reply.status_code != httpx.codes.OK or reply.headers.get("Content-Encoding", "identity") != "identity":
            raise KeySetError(f"status {reply.status_code}, or an encoding that was not asked for")
        body = bytearray()
        async for chunk in reply.aiter_raw():
            body += chunk
            if len(body) > MAX_DOCUMENT_BYTES:
                raise KeySetError("the document is too long")
        return bytes(body)
