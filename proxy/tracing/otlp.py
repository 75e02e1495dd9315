"""Spans over OTLP/HTTP by OpenTelemetry's own exporter (requirements-otel.txt). The one module that knows it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from proxy.tracing.finished import FinishedSpan

EXPORT_SECONDS = 5.0
TRACES_PATH = "/v1/traces"
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_SCOPE = InstrumentationScope("api-gateway")


class OtlpExporter:
    """Sends to one collector. OTEL_EXPORTER_OTLP_HEADERS and the other variables of the exporter hold."""

    def __init__(self, endpoint: str, service_name: str) -> None:
        """`endpoint` is an URL; one without a path gets `/v1/traces`."""
        self._resource = Resource.create({"service.name": service_name})
        self._exporter = OTLPSpanExporter(endpoint=traces_url(endpoint), timeout=EXPORT_SECONDS)

    def export(self, spans: Sequence[FinishedSpan]) -> bool:
        """Whether the collector took them."""
        return self._exporter.export([self._readable(span) for span in spans]) is SpanExportResult.SUCCESS

    def close(self) -> None:
        """Ends waiting for a collector that does not answer."""
        self._exporter.shutdown()

    def _readable(self, span: FinishedSpan) -> ReadableSpan:
        parent = None
        if span.parent is not None:
            parent = SpanContext(span.trace, span.parent, is_remote=span.remote_parent, trace_flags=_SAMPLED)
        return ReadableSpan(
            name=span.name,
            context=SpanContext(span.trace, span.span, is_remote=False, trace_flags=_SAMPLED),
            parent=parent,
            resource=self._resource,
            attributes=span.attributes,
            kind=SpanKind.CLIENT if span.is_client else SpanKind.SERVER,
            status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
            start_time=span.begun,
            end_time=span.ended,
            instrumentation_scope=_SCOPE,
        )


def traces_url(endpoint: str) -> str:
    """The address traces are posted to."""
    return endpoint.rstrip("/") + TRACES_PATH if urlsplit(endpoint).path in ("", "/") else endpoint
