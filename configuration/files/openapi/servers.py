"""The `servers` of an OpenAPI document: where the service is, and the path its own paths stand under. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from configuration.files.located import line_of
from configuration.files.problem import whole

PORTS = {"http": 80, "https": 443}


def first_server(document: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """An instance, where the address names a host, and the path. Raises `DocumentError` for an address that is none.

    The first server counts: the others are alternatives, such as a place for tests.
    """
    servers = document.get("servers") or [{"url": "/"}]
    line = line_of(document, "servers")
    server = servers[0] if isinstance(servers, list) else None
    if not isinstance(server, dict) or not isinstance(server.get("url"), str):
        raise whole(_("servers must be a list of objects with an url."), line)
    address = _filled(server["url"], server.get("variables", {}))
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise whole(_("“%(url)s” is not an address.") % {"url": address[:200]}, line) from error
    if not parts.scheme and not parts.netloc:
        return None, _path(parts.path)
    if parts.scheme not in PORTS or not parts.hostname or "{" in address:
        raise whole(_("“%(url)s” is not an address.") % {"url": address[:200]}, line)
    port = port or PORTS[parts.scheme]
    protocol = {"protocol": parts.scheme} if parts.scheme != "http" else {}
    instance = {"instance_id": f"{parts.hostname}:{port}", "host": parts.hostname, "port": port, **protocol}
    return instance, _path(parts.path)


def _filled(url: str, variables: Any) -> str:
    """With each variable's default."""
    known = variables if isinstance(variables, dict) else {}

    def default(match: re.Match[str]) -> str:
        found = known.get(match[1])
        return str(found["default"]) if isinstance(found, dict) and "default" in found else match[0]

    return re.sub(r"\{([^{}]+)\}", default, url)


def _path(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
