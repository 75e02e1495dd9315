"""The bytes of the request head as the upstream gets it (G-304, G-401, edge rule F8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.errors import bad_request, upstream_failed
from proxy.exchange import Exchange
from proxy.forwarding.outgoing import client_fields
from proxy.forwarding.via import is_loop
from proxy.forwarding.websocket import HANDSHAKE_LINES
from proxy.http1.fields import field_lines
from proxy.http1.framing import CHUNKED
from proxy.request import Request
from routing.path import PathError

if TYPE_CHECKING:
    from proxy.runtime import GatewayRuntime

_LENGTH_EXPECTED = frozenset(("POST", "PUT", "PATCH"))


def upstream_head(exchange: Exchange, authority: bytes) -> bytes:
    """Request line and fields with the final empty line.

    `authority` is the instance's own, for routes that do not keep the client's Host.
    """
    request, route, runtime = exchange.request, exchange.route, exchange.runtime
    assert request is not None
    assert route is not None
    path = exchange.upstream_path
    if path is None:
        try:
            path = route.target(request.path.path, exchange.captures)
        except PathError as error:
            raise bad_request(f"path: {error}") from None
    query = request.query if exchange.upstream_query is None else exchange.upstream_query
    # One format for everything that is ours costs less than a list of fields joined (benchmarks/request_cost.py).
    return b"%b %b%b%b HTTP/1.1\r\nhost: %b\r\n%b%bx-request-id: %b\r\ntraceparent: %b\r\n%b\r\n" % (
        request.method.encode("ascii"),
        path,
        b"?" if query else b"",
        query,
        request.authority if route.spec.preserve_host else authority,
        _onward(exchange, request, runtime),
        _framing(request),
        exchange.request_id,
        runtime.traceparent(request.fields.get(b"traceparent"), exchange.trace_id),
        exchange.principal.lines if exchange.principal is not None else b"",
    )


def _onward(exchange: Exchange, request: Request, runtime: GatewayRuntime) -> bytes:
    """What goes on of the client's fields, and who he is: all that a head and its connection alone decide.

    It is kept with the head, for the next one with the same fields, unless this request has changed them (a part of an
    aggregate asks for less) or has a target that may name a host itself.
    """
    head = request.head
    is_kept = request.headers is head.headers and not exchange.head_edits and head.target[:1] == b"/"
    if is_kept and head.onward is not None:
        return head.onward
    fields = client_fields(request.headers, is_vouched_for=runtime.trusted.trusts(request.peer))
    for edit in exchange.head_edits:
        fields = edit(fields)
    if b"via" in request.fields and is_loop(request.headers, runtime.options.via_pseudonym):
        raise upstream_failed("the request has passed this gateway too often: its route leads back here")
    sent_host = request.authority.decode("latin-1")
    forwarded = runtime.forwarded.lines(request.peer, request.headers, request.scheme, sent_host, 0)
    onward = field_lines(fields) + runtime.via_line + forwarded
    if is_kept:
        head.onward = onward
    return onward


def _framing(request: Request) -> bytes:
    """Ours, never the client's (edge rule F8); a method that expects a body says that there is none.

    A WebSocket handshake has no body and names its upgrade instead.
    """
    if request.length == CHUNKED:
        return b"transfer-encoding: chunked\r\n"
    if b"upgrade" in request.fields and request.wants_websocket:
        return HANDSHAKE_LINES
    if request.length > 0 or request.method in _LENGTH_EXPECTED:
        return b"content-length: %d\r\n" % request.length
    return b""
