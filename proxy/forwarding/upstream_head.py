"""The bytes of the request head as the upstream gets it (G-304, G-401, edge rule F8)."""

from __future__ import annotations

from proxy.errors import bad_request, upstream_failed
from proxy.exchange import Exchange
from proxy.forwarding.outgoing import request_headers
from proxy.forwarding.trace import traceparent
from proxy.forwarding.via import is_loop
from proxy.http1.fields import field_lines
from proxy.http1.framing import CHUNKED
from routing.path import PathError

_LENGTH_EXPECTED = frozenset(("POST", "PUT", "PATCH"))


def upstream_head(exchange: Exchange, authority: bytes) -> bytes:
    """Request line and fields with the final empty line; the framing is ours, never the client's.

    `authority` is the instance's own, for routes that do not keep the client's Host.
    """
    request, route, runtime = exchange.request, exchange.route, exchange.runtime
    assert request is not None
    assert route is not None
    try:
        path = route.target(request.path.path, exchange.captures)
    except PathError as error:
        raise bad_request(f"path: {error}") from None
    if b"via" in request.fields and is_loop(request.headers, runtime.options.via_pseudonym):
        raise upstream_failed("the request has passed this gateway too often: its route leads back here")
    sent_host = request.authority.decode("latin-1")
    headers = request_headers(
        request.headers,
        host=request.authority if route.spec.preserve_host else authority,
        request_id=exchange.request_id,
        traceparent=traceparent(request.fields.get(b"traceparent"), exchange.trace_id),
        via=runtime.via,
    )
    if request.length == CHUNKED:
        headers.append((b"transfer-encoding", b"chunked"))
    elif request.length > 0 or request.method in _LENGTH_EXPECTED:
        headers.append((b"content-length", b"%d" % request.length))
    target = b"%b?%b" % (path, request.query) if request.query else path
    forwarded = runtime.forwarded.lines(request.peer, request.headers, request.scheme, sent_host, 0)
    identity = exchange.principal.lines if exchange.principal is not None else b""
    method = request.method.encode("ascii")
    return b"%b %b HTTP/1.1\r\n%b%b%b\r\n" % (method, target, field_lines(headers), forwarded, identity)
