"""The first and last stage: counts every request and writes its access record (G-261, G-262, G-406)."""

from __future__ import annotations

import time

from proxy.access_log import AccessLog
from proxy.exchange import Exchange
from proxy.forwarding.trace import trace_id
from proxy.http1.request_head import RequestHead
from proxy.metering.meter import InstanceMeter
from proxy.metering.meters import Meters
from proxy.tracing.tracing import Tracing

MAX_REASON = 200
"""Characters of a reason that are kept in a record."""


class Observer:
    """What one worker notes of its requests. Those of the control plane have a record but are not counted."""

    def __init__(self, access_log: AccessLog, meters: Meters, tracing: Tracing | None = None) -> None:
        self._log = access_log
        self._tracing = tracing
        self._meters = meters
        self._instances: dict[str, InstanceMeter] = {}
        """By id of the row, so that the request path need not make a key of two labels."""
        self.in_flight = 0

    def begin(self) -> None:
        """A request has come in."""
        self.in_flight += 1

    def end(self, exchange: Exchange, head: RequestHead) -> None:
        """A request has come to its end, whichever."""
        seconds = exchange.runtime.now() - exchange.started
        self.in_flight -= 1
        route = exchange.route
        meter = self._meters.unmatched if route is None else route.meter
        if meter is not None:
            instance = exchange.instance
            if instance is not None:
                if exchange.outcome == "ok":
                    known = self._instances.get(instance.id) or self._instance(exchange)
                    known.answered(exchange.status, exchange.upstream_seconds)
                elif exchange.outcome == "client_gone" and not exchange.downstream.started:
                    exchange.upstream_seconds += exchange.runtime.now() - exchange.asked
            meter.record(exchange, head.method, seconds)
            if self._tracing is not None:
                self._tracing.offer(exchange, seconds)
        if self._log.enabled:
            self._write(exchange, head, seconds)

    def attempt_failed(self, exchange: Exchange, kind: str) -> None:
        """The instance that was asked last gave no answer; `kind` is that of `proxy.forwarding.failure`."""
        if not exchange.status:
            exchange.upstream_seconds += exchange.runtime.now() - exchange.asked
        elif not exchange.downstream.started:
            exchange.status = 0  # its head had come, but nobody was told of it
        if exchange.route is not None and exchange.route.meter is not None:
            self._instance(exchange).failed(kind)

    def forget_instances(self) -> None:
        """Rows may have new names: the meters are looked up anew."""
        self._instances.clear()

    def _instance(self, exchange: Exchange) -> InstanceMeter:
        instance, service = exchange.instance, exchange.service
        assert instance is not None
        assert service is not None
        meter = self._meters.instance(service.spec.name, instance.instance_id)
        if exchange.snapshot is exchange.runtime.snapshot:
            self._instances[instance.id] = meter
        return meter

    def _write(self, exchange: Exchange, head: RequestHead, seconds: float) -> None:
        route, principal, request = exchange.route, exchange.principal, exchange.request
        self._log.write(
            time=time.time(),
            route=(route.spec.name or route.spec.id) if route else "",
            service=_service_name(exchange),
            instance=exchange.instance.instance_id if exchange.instance else "",
            user=principal.identity.subject if principal else "",
            consumer=principal.consumer if principal else "",
            address=request.address if request else "",
            method=head.method,
            target=head.target,
            status=exchange.status,
            bytes_in=exchange.bytes_in,
            bytes_out=exchange.bytes_out,
            seconds=seconds,
            upstream_seconds=exchange.upstream_seconds,
            retries=exchange.retries,
            cache=exchange.cache,
            request_id=exchange.request_id,
            trace_id=trace_id(request.fields.get(b"traceparent") if request else None, exchange.trace_id),
            revision=exchange.snapshot.revision,
            outcome=exchange.outcome,
            reason=exchange.reason[:MAX_REASON],
        )


def _service_name(exchange: Exchange) -> str:
    """The route's, or the one that a stage chose instead."""
    route, service = exchange.route, exchange.service
    if route is None:
        return ""
    return route.spec.service_name if service is None or service is route.service else service.spec.name
