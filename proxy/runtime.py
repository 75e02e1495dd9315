"""One worker's gateway: the snapshot in force and what lives as long as the worker."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from email.utils import formatdate

from proxy.access_log import AccessLog
from proxy.caching.reply_store import ReplyStore
from proxy.caching.response_cache import own_store
from proxy.forwarding.forwarded import ForwardedFields
from proxy.forwarding.open_tunnels import OpenTunnels
from proxy.forwarding.trace import traceparent
from proxy.forwarding.trusted_peers import TrustedPeers
from proxy.forwarding.via import via_value
from proxy.gauges import gauges
from proxy.jwks import keys_for
from proxy.live_state import LiveState
from proxy.observe import Observer
from proxy.options import GatewayOptions
from proxy.snapshot.compile import compile_snapshot
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.snapshot import Snapshot
from proxy.state.board import Board
from proxy.state.counter_store import CounterStore
from proxy.state.own_board import OwnBoard
from proxy.state.own_counters import OwnCounters
from proxy.tracing.tracing import Exporter, Tracing


class GatewayRuntime:
    """Holds the snapshot that new requests begin with; `apply` swaps it by one assignment.

    `control_socket` is the path of the Unix socket of this node's control process; without one, reserved paths are
    not served here. `counters`, `board` and `replies` are shared with other workers where there are any.
    """

    def __init__(
        self,
        options: GatewayOptions,
        control_socket: str | None = None,
        counters: CounterStore | None = None,
        board: Board | None = None,
        replies: ReplyStore | None = None,
    ) -> None:
        self.options = options
        self.live = LiveState(
            options,
            OwnCounters() if counters is None else counters,
            OwnBoard() if board is None else board,
            own_store(options) if replies is None else replies,
        )
        self.keys = keys_for(options, self._forget_issuer)
        self.tunnels = OpenTunnels()
        self.trusted = TrustedPeers(options.trusted_proxies)
        self.forwarded = ForwardedFields(self.trusted, send_forwarded=options.send_forwarded)
        self.via_line = b"via: %b\r\n" % via_value(options.via_pseudonym) if options.via_pseudonym else b""
        self.access_log = AccessLog(options.access_log)
        self.tracing = _tracing(options)
        self.traceparent = traceparent if self.tracing is None else self.tracing.traceparent
        self.observe = Observer(self.access_log, self.live.meters, self.tracing)
        self.client_connections: Callable[[], int] = lambda: 0
        """Set by the server that accepts them."""
        self.applied_at = 0.0
        """When the snapshot in force was put there, in epoch seconds."""
        self._control_socket = control_socket or ""
        self.next_request_id: Callable[[], bytes] = RequestIds().next
        """Makes a new id, 32 hexadecimal digits; also fit to be a W3C trace id."""
        self._date = (0, b"")
        self.snapshot: Snapshot = self._compile(Configuration(revision=0))
        self.now = time.monotonic
        """The clock of deadlines and figures: the event loop's own one of uvloop counts whole milliseconds."""

    @property
    def revision(self) -> int:
        """The revision new requests are served from."""
        return self.snapshot.revision

    def apply(self, configuration: Configuration) -> None:
        """Compiles and puts in force; on any error the snapshot in force stays."""
        try:
            snapshot = self._compile(configuration, self.snapshot)
        except BaseException:
            self.live.meters.count("config_reload_failures")
            raise
        before, self.snapshot = self.snapshot, snapshot
        if snapshot.parts.principals is not before.parts.principals:
            self.tunnels.look_again(snapshot.parts)
        self.applied_at = time.time()
        self.live.meters.count("config_reloads")
        self.observe.forget_instances()
        control = [snapshot.control_route.service] if snapshot.control_route else []
        services = [*snapshot.services.values(), *control]
        pools = [pool for service in services for pool in service.pools.values()]
        self.live.keep(pools, [service.spec.id for service in services])

    def _forget_issuer(self, issuer_id: str) -> None:
        """A key of this issuer was withdrawn: what it had verified ends."""
        parts = self.snapshot.parts
        parts.principals.forget_issuer(issuer_id)
        self.tunnels.look_again(parts, issuer_id)

    def _compile(self, configuration: Configuration, before: Snapshot | None = None) -> Snapshot:
        self.keys.replace_issuers(configuration.issuers)
        from proxy.pipeline import fold  # the pipeline's stages know the exchange, which knows this class

        return compile_snapshot(configuration, self.options, self.live, self.keys, fold, self._control_socket, before)

    async def start(self) -> None:
        """Begins what needs the event loop."""
        self.live.deadlines.start()
        if self.live.redis is not None:
            await self.live.redis.start()

    async def close(self) -> None:
        """Lets go of connections, keys and the access log."""
        self.live.deadlines.stop()
        if self.live.redis is not None:
            await self.live.redis.close()
        self.live.close()
        self.access_log.close()
        if self.tracing is not None:
            self.tracing.close()

    def reopen_logs(self) -> None:
        """Opens the access log's file anew, after somebody moved it away."""
        self.access_log.reopen()

    def http_date(self) -> bytes:
        """The current time as an HTTP date, made once a second (RFC 9110 section 5.6.7)."""
        second = int(time.time())
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True).encode())
        return self._date[1]

    def figures(self) -> dict[str, float]:
        """What is open now."""
        return {"in_flight": self.observe.in_flight, "upstream_connections": self.live.open_connections()}

    def changed_counters(self) -> dict[str, list[float]]:
        """The counters that have changed since the last call (see `proxy/metering`)."""
        self._gather()
        return self.live.meters.changed()

    def counters(self) -> dict[str, list[float]]:
        """All counters of this worker. Callable from any thread."""
        self._gather()
        return self.live.meters.counters()

    def gauges(self, worker: str) -> dict[str, float]:
        """What this worker says of the moment."""
        return gauges(self, worker)

    def _gather(self) -> None:
        """Counters that somebody else keeps."""
        counts = self.live.meters.counts
        counts["access_records_dropped"] = self.access_log.dropped
        counts["spans_dropped"] = self.tracing.dropped if self.tracing is not None else 0
        counts["limit_fallbacks"] = self.live.redis.fallbacks if self.live.redis is not None else 0


def _tracing(options: GatewayOptions) -> Tracing | None:
    if not options.otel_endpoint:
        return None

    def open_exporter() -> Exporter:
        from proxy.tracing.otlp import OtlpExporter  # a fifth of a second and 20 MB that only those pay who want spans

        return OtlpExporter(options.otel_endpoint, options.otel_service_name)

    return Tracing(open_exporter, options.otel_sample_ratio)


class RequestIds:
    """Ids that are unique without asking the system each time: a random start and a count."""

    def __init__(self) -> None:
        self._prefix = os.urandom(8).hex().encode()
        self._count = int.from_bytes(os.urandom(7))

    def next(self) -> bytes:
        """The next id as 32 hexadecimal digits."""
        self._count += 1
        return b"%b%016x" % (self._prefix, self._count & 0xFFFFFFFFFFFFFFFF)
