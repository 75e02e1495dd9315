"""The first and last stage: counts every request and writes its access record (G-261, G-406)."""

from __future__ import annotations

import time

from proxy.access_log import AccessLog
from proxy.exchange import Exchange
from proxy.http1.request_head import RequestHead


class Observer:
    """Counters of one worker, cumulative since it started. An error is a reply of 500 or more (G-261)."""

    def __init__(self, access_log: AccessLog) -> None:
        self._log = access_log
        self._requests = 0
        self._errors = 0
        self._seconds = 0.0
        self._in_flight = 0

    def begin(self) -> None:
        """A request has come in."""
        self._in_flight += 1

    def end(self, exchange: Exchange, head: RequestHead) -> None:
        """A request has come to its end, whichever."""
        seconds = exchange.runtime.now() - exchange.started
        self._in_flight -= 1
        if exchange.route is None or exchange.route is not exchange.snapshot.control_route:
            self._requests += 1
            self._seconds += seconds
            if exchange.status >= 500 or exchange.outcome == "cut":
                self._errors += 1
        if self._log.enabled:
            self._write(exchange, head, seconds)

    def _write(self, exchange: Exchange, head: RequestHead, seconds: float) -> None:
        route, principal, request = exchange.route, exchange.principal, exchange.request
        self._log.write(
            time=time.time(),
            route=(route.spec.name or route.spec.id) if route else "",
            service=route.spec.service_name if route else "",
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
            request_id=exchange.request_id,
            revision=exchange.snapshot.revision,
            outcome=exchange.outcome,
        )

    def figures(self) -> dict[str, float]:
        """Requests, errors, total time in milliseconds, and requests running now."""
        return {
            "requests": self._requests,
            "errors": self._errors,
            "milliseconds_total": self._seconds * 1000.0,
            "in_flight": self._in_flight,
        }
