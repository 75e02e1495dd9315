"""The WebSocket handshake, which goes the way of any request (RFC 6455 section 4, G-407).

The gateway switches only after the upstream has (edge rule F15): a client's bytes sent before the 101 are refused, and
an answer that says 101 without accepting the client's key is no answer. Extensions and subprotocols are agreed between
client and upstream, one that was not offered is refused (CVE-2026-59881); what follows the handshake is `tunnel.py`.
"""

from __future__ import annotations

import base64
import hashlib

from proxy.forwarding.hop_by_hop import HeaderList
from proxy.http1.errors import MalformedMessage
from proxy.http1.response_head import ResponseHead
from proxy.request import Request

SWITCHING_PROTOCOLS = 101
HANDSHAKE_LINES = b"connection: Upgrade\r\nupgrade: websocket\r\n"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 section 1.3."""


def _names(headers: HeaderList) -> set[bytes]:
    """The WebSocket extensions these fields name (RFC 6455 section 9.1)."""
    values = [value for name, value in headers if name == b"sec-websocket-extensions"]
    return {one.partition(b";")[0].strip().lower() for value in values for one in value.split(b",")} - {b""}


def check_accepted(request: Request, head: ResponseHead) -> None:
    """Raises `MalformedMessage` unless the 101 answers this very handshake (RFC 6455 section 4.1)."""
    key = request.fields.get(b"sec-websocket-key", b"")
    wanted = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    upgrade = head.fields.get(b"upgrade", b"").lower()
    if not _names(head.headers) <= _names(request.headers):
        raise MalformedMessage("the upstream agreed to a WebSocket extension that was not offered")
    if upgrade != b"websocket" or head.fields.get(b"sec-websocket-accept") != wanted:
        raise MalformedMessage("the upstream switched protocols without accepting the WebSocket handshake")
