"""One request's journey: what is known of it so far, in one object that every stage reads and adds to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.downstream import Downstream
from proxy.request import Request

if TYPE_CHECKING:
    from proxy.principal import Principal
    from proxy.runtime import GatewayRuntime
    from proxy.snapshot.snapshot import CompiledRoute, Snapshot
    from services.spec import InstanceSpec

Captures = tuple[tuple[int, int], ...]


class Exchange:
    """A request, the snapshot it began with, and what became of it.

    `request_id` is the client's own where it sent a valid one; `trace_id` is always ours.
    `started` and `deadline` are event-loop seconds. `outcome` is one word for the access record: `ok`, `client_gone`,
    or the code of the gateway's own error. `reply_headers` are what stages add to whatever answer there will be, names
    in lower case; an instance's own fields of these names give way.
    """

    __slots__ = (
        "bytes_in", "bytes_out", "captures", "deadline", "downstream", "instance", "outcome", "principal", "reason",
        "reply_headers", "request", "request_id", "retries", "route", "runtime", "snapshot", "started", "status",
        "trace_id", "upstream_seconds",
    )  # fmt: skip

    def __init__(self, runtime: GatewayRuntime, downstream: Downstream, started: float) -> None:
        self.runtime = runtime
        self.snapshot: Snapshot = runtime.snapshot
        self.downstream = downstream
        self.started = started
        self.deadline = 0.0
        self.request: Request | None = None
        self.request_id = self.trace_id = runtime.next_request_id()
        self.route: CompiledRoute | None = None
        self.captures: Captures = ()
        self.principal: Principal | None = None
        self.instance: InstanceSpec | None = None
        self.reply_headers: tuple[tuple[bytes, bytes], ...] = ()
        self.status = 0
        self.outcome = "ok"
        self.reason = ""
        self.retries = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.upstream_seconds = 0.0
