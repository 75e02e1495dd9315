"""The spans of a request that has ended, as plain values. Names follow OpenTelemetry's conventions for HTTP. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from proxy.tracing.sampling import TraceContext

if TYPE_CHECKING:
    from proxy.exchange import Exchange

MAX_PATH = 1024
"""Characters of a path that are kept, so that what waits to be sent is bounded."""

Attributes = dict[str, str | int]


class FinishedSpan(NamedTuple):
    """One span; times are nanoseconds since 1970. `remote_parent` tells whether the parent is a caller's."""

    name: str
    is_client: bool
    trace: int
    span: int
    parent: int | None
    remote_parent: bool
    begun: int
    ended: int
    attributes: Attributes
    failed: bool


def spans_of(exchange: Exchange, context: TraceContext, ended: float, seconds: float) -> list[FinishedSpan]:
    """The server's span, and the client's where an instance was asked. `ended` is in epoch seconds."""
    server = _server(exchange, context, ended, seconds)
    return [server] if exchange.instance is None else [server, _client(exchange, context, ended, seconds)]


def _server(exchange: Exchange, context: TraceContext, ended: float, seconds: float) -> FinishedSpan:
    route, request = exchange.route, exchange.request
    assert request is not None
    attributes: Attributes = {
        "http.request.method": request.method,
        "http.response.status_code": exchange.status,
        "url.scheme": request.scheme,
        "url.path": request.path.path.decode("utf-8", "replace")[:MAX_PATH],
        "client.address": request.address,
        "gateway.request_id": exchange.request_id.decode("latin-1"),
        "gateway.revision": exchange.snapshot.revision,
        "gateway.outcome": exchange.outcome,
    }
    name = request.method
    if route is not None:
        name = f"{name} {route.spec.path_pattern}"
        attributes |= {
            "http.route": route.spec.path_pattern,
            "gateway.route": route.spec.name or route.spec.id,
            "gateway.service": route.spec.service_name,
        }
    failed = exchange.status >= 500 or exchange.outcome == "cut"
    if failed:
        attributes["error.type"] = str(exchange.status) if exchange.outcome == "ok" else exchange.outcome
    begun = _ns(ended - seconds)
    return FinishedSpan(
        name, False, context.trace, context.span, context.parent, True, begun, _ns(ended), attributes, failed
    )


def _client(exchange: Exchange, context: TraceContext, ended: float, seconds: float) -> FinishedSpan:
    """From the last attempt to the end of the answer; of the attempts before it only their number is told."""
    instance, request = exchange.instance, exchange.request
    assert instance is not None
    assert request is not None
    attributes: Attributes = {
        "http.request.method": request.method,
        "server.address": instance.host,
        "server.port": instance.port,
        "gateway.instance": instance.instance_id,
    }
    if exchange.retries:
        attributes["http.request.resend_count"] = exchange.retries
    answered = exchange.outcome in ("ok", "cut")
    if answered:
        attributes["http.response.status_code"] = exchange.status
    failed = not answered or exchange.status >= 400
    if failed:
        attributes["error.type"] = str(exchange.status) if answered else exchange.outcome
    begun = ended - seconds + max(0.0, exchange.asked - exchange.started)
    if not exchange.retries:
        ended = min(ended, begun + exchange.upstream_seconds + exchange.streamed_seconds)
    return FinishedSpan(
        request.method, True, context.trace, context.client_span, context.span, False, _ns(begun), _ns(ended),
        attributes, failed,
    )  # fmt: skip


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
