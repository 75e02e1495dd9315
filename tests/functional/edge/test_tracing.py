"""Spans of real requests, as a real collector's socket gets them."""

from __future__ import annotations

import asyncio
import gzip
import http.server
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from proxy.tracing import tracing as module
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted

trace_service = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="requirements-otel.txt is not installed"
)

SERVER, CLIENT, ERROR = 2, 3, 2
"""SpanKind and Status of the protocol."""
SENT = "0af7651916cd43dd8448eb211c80319c"


class Collector:
    """An HTTP server that decodes what is posted to it."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.paths: list[str] = []
        self.status = 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if outer.status == 200:
                    outer.paths.append(self.path)
                    outer.requests.append(trace_service.ExportTraceServiceRequest.FromString(body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def spans(self) -> list[Any]:
        scopes = [scope for request in self.requests for of in request.resource_spans for scope in of.scope_spans]
        return [span for scope in scopes for span in scope.spans]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    yield found
    found.close()


def attributes(span: Any) -> dict[str, Any]:
    return {item.key: item.value.string_value or item.value.int_value for item in span.attributes}


async def test_both_spans_arrive_and_share_the_traceparent_that_was_sent_up(collector: Collector) -> None:
    users = route("/users/*", name="users")
    began = time.time_ns()
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(users, services=(service(upstream.port),), otel_endpoint=collector.address) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/users/7?token=secret", f"traceparent: 00-{SENT}-b7ad6b7169203331-01"))
    received = upstream.connections[0].received
    server, client_span = sorted(collector.spans, key=lambda span: span.kind)
    assert (server.kind, client_span.kind) == (SERVER, CLIENT)
    assert server.trace_id.hex() == client_span.trace_id.hex() == SENT
    assert server.parent_span_id.hex() == "b7ad6b7169203331"
    assert client_span.parent_span_id == server.span_id
    assert b"\r\ntraceparent: 00-%b-%b-01\r\n" % (SENT.encode(), client_span.span_id.hex().encode()) in received
    assert began <= server.start_time_unix_nano <= client_span.start_time_unix_nano
    assert client_span.start_time_unix_nano < client_span.end_time_unix_nano <= server.end_time_unix_nano
    assert server.end_time_unix_nano <= time.time_ns()
    said = attributes(server)
    assert server.name == "GET /users/*"
    assert (said["http.route"], said["url.path"], said["gateway.route"]) == ("/users/*", "/users/7", "users")
    assert (said["http.response.status_code"], said["gateway.outcome"]) == (200, "ok")
    assert attributes(client_span)["server.port"] == upstream.port
    assert "secret" not in str(collector.requests)
    assert collector.paths == ["/v1/traces"]
    (resource,) = {str(of.resource.attributes) for request in collector.requests for of in request.resource_spans}
    assert "api-gateway" in resource


@pytest.mark.parametrize(("ratio", "sent", "expected"), [(0.0, "", 0), (1.0, "", 2), (0.0, "01", 2), (1.0, "00", 0)])
async def test_who_began_the_trace_decides_whether_it_is_recorded(
    collector: Collector, ratio: float, sent: str, expected: int
) -> None:
    fields = (f"traceparent: 00-{SENT}-b7ad6b7169203331-{sent}",) if sent else ()
    options = {"otel_endpoint": collector.address, "otel_sample_ratio": ratio}
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), **options) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/", *fields))
    assert len(collector.spans) == expected
    assert (b"-01\r\n" if expected else b"-00\r\n") in upstream.connections[0].received


async def test_errors_say_what_went_wrong(collector: Collector) -> None:
    options = {"otel_endpoint": collector.address, "otel_sample_ratio": 1.0}
    down = route("/down/*", retry_count=0)
    async with (
        edge_gateway(down, services=(service(1),), **options) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/down/a"))).status == 502
        assert (await client.ask(get("/nowhere"))).status == 404
    found = {(span.name, span.kind): span for span in collector.spans}
    assert set(found) == {("GET /down/*", SERVER), ("GET", CLIENT), ("GET", SERVER)}
    assert found["GET /down/*", SERVER].status.code == found["GET", CLIENT].status.code == ERROR
    assert attributes(found["GET /down/*", SERVER])["error.type"] == "F50200"
    assert found["GET", SERVER].status.code == 0


async def test_a_collector_that_is_away_costs_spans_not_requests(collector: Collector, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 5)
    monkeypatch.setattr(module, "FLUSH_SECONDS", 30.0)
    collector.status = 400
    options = {"otel_endpoint": collector.address, "otel_sample_ratio": 1.0}
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), **options) as gateway,
        RawClient(gateway.port) as client,
    ):
        await asyncio.sleep(0.5)  # the thread has gone to sleep
        for _ in range(20):
            assert (await client.ask(get("/"))).status == 200
        tracing = gateway.runtime.tracing
        assert tracing is not None
        assert tracing.dropped == 15
    assert tracing.dropped == 20


async def test_without_an_endpoint_there_is_no_thread_and_the_flag_says_sampled_as_before() -> None:
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/"))
        assert gateway.runtime.tracing is None
        assert "spans" not in {thread.name for thread in threading.enumerate()}
    assert b"-01\r\n" in upstream.connections[0].received
