"""System checks of the settings: loud at the start, each with an id and a remedy (docs/settings.md lists them)."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from gateway_project.secrets import DEVELOPMENT_PREFIX
from proxy.state.redis_address import redis_address
from routing.path import PathError, canonicalise
from routing.reserved import is_reserved

SHORTEST_SECRET_BYTES = 32
"""RFC 7518 §3.2: an HS256 key is at least as long as its hash."""

LEAST_CACHE_BYTES = 1024 * 1024

GATEWAY = "gateway"
"""The tag of what a node checks as it starts. What only a change of the program can break is left to `check`: it loads
the whole API and console, which the supervisor has no other use for."""

GENERATE = "Generate one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"


@register(GATEWAY, Tags.security)
def check_secrets(**_kwargs: Any) -> list[CheckMessage]:
    """E001…E003: lengths and separateness of the two secrets."""
    found: list[CheckMessage] = []
    if len(settings.SECRET_KEY.encode()) < SHORTEST_SECRET_BYTES:
        found.append(Error("GATEWAY_SECRET_KEY is shorter than 32 bytes.", hint=GENERATE, id="gateway.E001"))
    if len(settings.GATEWAY_JWT_SECRET.encode()) < SHORTEST_SECRET_BYTES:
        found.append(Error("GATEWAY_JWT_SECRET is shorter than 32 bytes.", hint=GENERATE, id="gateway.E002"))
    if settings.GATEWAY_JWT_SECRET == settings.SECRET_KEY:
        hint = "Give each its own value: whoever can sign sessions could otherwise sign tokens."
        found.append(Error("GATEWAY_JWT_SECRET equals GATEWAY_SECRET_KEY.", hint=hint, id="gateway.E003"))
    return found


@register(GATEWAY, Tags.caches)
def check_redis(**_kwargs: Any) -> list[CheckMessage]:
    """E004: the workers must be able to read where Redis is."""
    try:
        redis_address(settings.GATEWAY_OPTIONS.redis_url or "redis://localhost")
    except ValueError as error:
        hint = "Write it as redis://user:password@host:6379/0, rediss://… for TLS, or unix:///path?db=0."
        return [Error(f"{error}.", hint=hint, id="gateway.E004")]
    return []


@register(GATEWAY, Tags.caches)
def check_cache(**_kwargs: Any) -> list[CheckMessage]:
    """E005: a reply as large as it may be must fit into the response cache several times."""
    options = settings.GATEWAY_OPTIONS
    if 0 <= options.cache_max_entry_bytes <= options.cache_bytes // 8 and options.cache_bytes >= LEAST_CACHE_BYTES:
        return []
    text = "GATEWAY_CACHE_BYTES is below 1 MiB, or less than eight times GATEWAY_CACHE_MAX_ENTRY_BYTES."
    hint = "The defaults are 67108864 and 1048576; caching is switched off by routes, not by these."
    return [Error(text, hint=hint, id="gateway.E005")]


@register(GATEWAY)
def check_tracing(**_kwargs: Any) -> list[CheckMessage]:
    """E006…E008: spans that nobody would ever get."""
    options = settings.GATEWAY_OPTIONS
    found: list[CheckMessage] = []
    if not options.otel_endpoint:
        return found
    address = urlsplit(options.otel_endpoint)
    if address.scheme not in ("http", "https") or not address.hostname:
        hint = "Write it as http://127.0.0.1:4318."
        found.append(Error("GATEWAY_OTEL_ENDPOINT is no http or https URL.", hint=hint, id="gateway.E006"))
    if options.otel_sample_ratio > 1:
        hint = "1 records every trace, 0.1 one in ten."
        found.append(Error("GATEWAY_OTEL_SAMPLE_RATIO is above 1.", hint=hint, id="gateway.E007"))
    if find_spec("opentelemetry") is None:
        hint = "pip install -r requirements-otel.txt"
        found.append(Error("GATEWAY_OTEL_ENDPOINT needs OpenTelemetry.", hint=hint, id="gateway.E008"))
    return found


@register(GATEWAY, Tags.urls)
def check_batch_path(**_kwargs: Any) -> list[CheckMessage]:
    """E009: the place of batches is one that a request can have, and not the control plane's."""
    path = settings.GATEWAY_OPTIONS.batch_path
    try:
        if not path or (canonicalise(path.encode()).path == path.encode() and not is_controls(path.encode())):
            return []
    except PathError:
        pass
    hint = "Write it as /gateway/batch, or leave it empty to serve no batches."
    return [Error(f"GATEWAY_BATCH_PATH: {path!r} is not a path of its own.", hint=hint, id="gateway.E009")]


def is_controls(path: bytes) -> bool:
    """Whether the control plane serves it; below `/gateway` it serves nothing."""
    return is_reserved(path) and not path.startswith(b"/gateway/")


@register(GATEWAY, Tags.files)
def check_state_directory(**_kwargs: Any) -> list[CheckMessage]:
    """E010: the last good configuration, and a SQLite database, must find a place."""
    directory = settings.GATEWAY_STATE_DIR
    nearest = next(one for one in (directory, *directory.resolve().parents) if one.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return []
    hint = "Name a directory that the gateway's user may write to, such as /var/lib/api-gateway."
    return [Error(f"GATEWAY_STATE_DIR: {directory} cannot be written.", hint=hint, id="gateway.E010")]


@register(Tags.security, deploy=True)
def check_deployment(**_kwargs: Any) -> list[CheckMessage]:
    """W001…W004: fit for one's own machine, not for others'."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(checks.Warning("GATEWAY_DEBUG is on.", hint="Unset it.", id="gateway.W001"))
    if settings.SECRET_KEY.startswith(DEVELOPMENT_PREFIX) or settings.GATEWAY_JWT_SECRET.startswith(DEVELOPMENT_PREFIX):
        found.append(checks.Warning("A development secret is in use.", hint=GENERATE, id="gateway.W002"))
    if "*" in settings.GATEWAY_CORS_ORIGINS:
        hint = "Name the origins, as in https://console.example.com."
        found.append(
            checks.Warning("GATEWAY_CORS_ORIGINS has `*`, which matches no origin.", hint=hint, id="gateway.W003")
        )
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts: links in the console, and whose forms it believes, follow the Host header."
        found.append(checks.Warning("GATEWAY_ALLOWED_HOSTS has `*`.", hint=hint, id="gateway.W004"))
    return found
