"""One active check: GET over a connection of its own, judged by the status alone (G-208).

It goes through httpx's transport rather than a client: a transport follows no redirect, keeps no cookie and heeds no
proxy variable, so nothing but the instance is ever asked, whatever it answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import lru_cache

import httpx

from proxy.health.target import Target
from proxy.transport.target_guard import TargetGuard
from proxy.transport.tls import client_context

USER_AGENT = b"api-gateway-health-check"
CONTEXTS = 256


async def check(target: Target, guard: TargetGuard) -> str:
    """Why the instance is not well; empty when it is.

    Any status from 200 to 399 is well: a redirect shows that it answers, and is not followed. A body is not read.
    """
    try:
        async with asyncio.timeout(target.timeout):
            status = await _status(target, guard)
    except TimeoutError:
        return f"no answer within {target.timeout:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if 200 <= status < 400 else f"answered {status}"


async def _status(target: Target, guard: TargetGuard) -> int:
    """Of the first address that takes a connection, of those that may be connected to."""
    *others, last = await guard.addresses(target.host, target.port)
    for address in others:
        with contextlib.suppress(httpx.ConnectError):
            return await _status_at(address, target)
    return await _status_at(last, target)


async def _status_at(address: str, target: Target) -> int:
    url = httpx.URL(target.url)
    headers = {b"Host": url.netloc, b"User-Agent": USER_AGENT, b"Accept": b"*/*", b"Connection": b"close"}
    extensions = {"sni_hostname": target.tls_server_name or target.host}
    context = _context(target.tls_ca_pem, target.verify_tls) if target.scheme == "https" else _unused()
    async with httpx.AsyncHTTPTransport(verify=context, trust_env=False) as transport:
        request = httpx.Request("GET", url.copy_with(host=address), headers=headers, extensions=extensions)
        response = await transport.handle_async_request(request)
        await response.aclose()
        return response.status_code


@lru_cache(CONTEXTS)
def _context(ca_pem: str, verify: bool) -> ssl.SSLContext:
    return client_context(ca_pem, verify=verify)


@lru_cache(1)
def _unused() -> ssl.SSLContext:
    """What httpx is given for plain connections, or it would parse a trust store for each."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
