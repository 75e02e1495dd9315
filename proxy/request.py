"""The canonical request: what is matched, authorised, recorded and sent is this one object (edge rule P1)."""

from __future__ import annotations

import ipaddress
import re

from proxy.errors import bad_request, expectation_failed, malformed, method_refused
from proxy.http1.request_head import RequestHead, connection_options
from routing.path import CanonicalPath, PathError, canonicalise

_HOST = re.compile(rb"(?:(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?)?")
_HASH = ord("#")  # a number: `bytes in bytes` raises and drops an error within (CPython 3.11), ten times the cost
_KNOWN_HOSTS: dict[bytes, str] = {}
_KNOWN_HOSTS_LIMIT = 1024
_LARGEST_PORT = 65535
_REQUEST_ID = re.compile(rb"[A-Za-z0-9-]{1,64}")


class Request:
    """One request as every later step sees it.

    `host` is lower case without port; `path` canonical (see `routing/path.py`), `query` the bytes after `?`;
    `peer` the address of the connection, `address` of the client behind trusted proxies; `scheme` http or https.
    """

    __slots__ = (
        "accept_language", "address", "authority", "fields", "head", "headers", "host", "length", "method", "path",
        "peer", "query", "request_id", "scheme", "version",
    )  # fmt: skip

    def __init__(self, head: RequestHead, *, peer: str, scheme: str) -> None:
        self.head = head
        self.method = head.method
        self.version = head.version
        self.headers = head.headers
        self.fields = head.fields
        self.length = head.length
        self.peer = peer
        self.address = peer
        self.scheme = scheme
        if self.method in ("CONNECT", "TRACE"):
            raise method_refused(f"{self.method} is not served here")
        if b"expect" in head.fields and head.fields[b"expect"].lower() != b"100-continue" and head.version == 11:
            raise expectation_failed()
        canonical = head.canonical
        if canonical is None:
            canonical = head.canonical = _canonical(head, scheme)
        self.authority, self.host, self.path, self.query = canonical

    @property
    def wants_websocket(self) -> bool:
        """Whether this is a WebSocket handshake (RFC 6455 section 4.2.1); other upgrades are not offered on."""
        upgrade = self.fields.get(b"upgrade")
        if upgrade is None or upgrade.lower() != b"websocket":
            return False
        asked = b"upgrade" in connection_options(self.headers) and b"sec-websocket-key" in self.fields
        return asked and self.method == "GET" and self.version == 11 and not self.length

    def header(self, name: str) -> str | None:
        """A field's value as text, repeated ones joined with a comma (RFC 9110 section 5.3)."""
        wanted = name.encode("latin-1", "replace")
        values = [value for known, value in self.headers if known == wanted]
        return b", ".join(values).decode("latin-1") if values else None

    def sent_request_id(self) -> bytes | None:
        """The client's own X-Request-ID where it is safe to keep (G-016, edge rule H12)."""
        sent = self.fields.get(b"x-request-id")
        return sent if sent is not None and _REQUEST_ID.fullmatch(sent) else None


def _canonical(head: RequestHead, scheme: str) -> tuple[bytes, str, CanonicalPath, bytes]:
    """Authority, host, path and query; raises `GatewayError`. The scheme is the same for a whole connection."""
    target = head.target
    if target[:1] != b"/":
        target, authority = _from_other_form(head, scheme)
    else:
        authority = head.fields.get(b"host", b"")
    host = _KNOWN_HOSTS.get(authority) or host_name(authority)
    path, _, query = target.partition(b"?")
    if _HASH in query:
        raise bad_request("the request target holds a fragment")
    try:
        return authority, host, canonicalise(path), query
    except PathError as error:
        raise bad_request(f"path: {error}") from None


def host_name(authority: bytes) -> str:
    """The host of an authority, lower case, without port and final dot; raises `GatewayError` with 400."""
    if not _HOST.fullmatch(authority):
        raise malformed("Host is not a name or address with an optional port")
    name, port = authority, b""
    if not authority.endswith(b"]") and b":" in authority:
        name, _, port = authority.rpartition(b":")
    if port and int(port) > _LARGEST_PORT:
        raise malformed("Host is not a name or address with an optional port")
    text = name.decode("ascii").lower().removesuffix(".")
    if text.startswith("["):
        try:
            ipaddress.IPv6Address(text[1:-1])
        except ValueError:
            raise malformed("Host is not a name or address with an optional port") from None
    if len(_KNOWN_HOSTS) >= _KNOWN_HOSTS_LIMIT:
        _KNOWN_HOSTS.clear()
    _KNOWN_HOSTS[authority] = text
    return text


def _from_other_form(head: RequestHead, scheme: str) -> tuple[bytes, bytes]:
    """Absolute-form and asterisk-form (RFC 9112 section 3.2): the target in origin form and the authority.

    An absolute-form target must name the same host as the Host field, and http or https; anything else is refused.
    """
    target = head.target
    if target == b"*" and head.method == "OPTIONS":
        return b"/*", head.fields.get(b"host", b"")
    form, separator, rest = target.partition(b"://")
    if not separator or form.lower() not in (b"http", b"https"):
        raise malformed("the request target is neither a path nor an http URL")
    if form.lower() != scheme.encode():
        raise malformed("the request target names another scheme than the connection's")
    slash = min((at for at in (rest.find(b"/"), rest.find(b"?"), rest.find(b"#")) if at >= 0), default=len(rest))
    authority, path = rest[:slash], rest[slash:]
    host = head.fields.get(b"host", authority)
    if not authority or b"@" in authority or authority.lower() != host.lower():
        raise malformed("the request target and Host name different hosts")
    return (path if path.startswith(b"/") else b"/" + path), authority
