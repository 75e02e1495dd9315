"""The address a request of the control plane came from (G-344)."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The peer's address, or what trusted peers say in X-Forwarded-For, read from the right.

    A request over the node's own Unix socket has no peer address: its peer is a worker, which replaces or
    extends the header by the same rule, so its last entry is believed.
    """
    trusted = [ipaddress.ip_network(network) for network in settings.GATEWAY_TRUSTED_PROXIES]
    address = _parsed(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while hops and (address is None or any(address in network for network in trusted)):
        address = _parsed(hops.pop())
        if address is None:
            break
    return str(address) if address is not None else "unknown"


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
