"""One request's journey: what is known of it so far, in one object that every stage reads and adds to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from proxy.downstream import Downstream, PromptDownstream
from proxy.http1.fields import Headers
from proxy.request import Request

if TYPE_CHECKING:
    from proxy.balancing.balancer import Balancer
    from proxy.breaker.passage import Passage
    from proxy.breaker.service_breakers import Calm
    from proxy.caching.recording import Recording
    from proxy.forwarding.request_body import RequestBody
    from proxy.principal import Principal
    from proxy.runtime import GatewayRuntime
    from proxy.snapshot.snapshot import CompiledRoute, CompiledService, Snapshot
    from services.spec import InstanceSpec

Captures = tuple[tuple[int, int], ...]
HeadEdit = Callable[[Headers], Headers]
ReplyEdit = Callable[["Exchange", int, Headers], Headers]


class Exchange:
    """A request, the snapshot it began with, and what became of it.

    `request_id` is the client's own where it sent a valid one; `trace_id` is always ours.
    `started`, `asked` (the last attempt at an instance) and `deadline` are seconds of `time.monotonic`;
    `held_seconds` passed before an instance could be asked, for a body that had to be there whole or for the fetch of
    another request;
    `upstream_seconds` were spent waiting for instances, `streamed_seconds` passing on a body or a WebSocket after the
    head of the answer. `outcome` is one word for the access record: `ok`, `client_gone`,
    or the code of the gateway's own error. `reply_headers` are what stages add to whatever answer there will be, names
    in lower case; an instance's own fields of these names give way. `reply_edits` then change the fields of whatever
    answer there is, `head_edits` those of the client that go up; `upstream_path` and `upstream_query` replace what the
    route's target gives. `service` is the route's unless a stage chose another. Where circuit breakers are on, there
    is a `calm` while nothing fails and a `passage` as soon as something does; `successes` is how many
    requests had gone well when it began. `recording` watches the answer for the
    cache, `cache` is what `X-Cache` says. `body` is made when somebody asks for it (`forwarding/request_body.py`) and
    takes no more than `max_body_bytes`, None for no limit. `at_once` is the client's
    side where it may be answered without anybody waiting (`forwarding/underway.py`).
    """

    __slots__ = (
        "asked", "at_once", "balancer", "body", "bytes_in", "bytes_out", "cache", "calm", "captures", "deadline",
        "downstream", "head_edits", "held_seconds", "instance", "max_body_bytes", "outcome", "passage", "principal",
        "reason", "recording", "reply_edits", "reply_headers", "request", "request_id", "retries", "route", "runtime",
        "service", "snapshot", "started", "status", "streamed_seconds", "successes", "trace_id", "upstream_path",
        "upstream_query", "upstream_seconds",
    )  # fmt: skip

    def __init__(self, runtime: GatewayRuntime, downstream: Downstream, started: float) -> None:
        self.runtime = runtime
        self.snapshot: Snapshot = runtime.snapshot
        self.downstream = downstream
        self.started = started
        self.asked = self.deadline = self.held_seconds = 0.0
        self.at_once: PromptDownstream | None = None
        self.request: Request | None = None
        self.request_id = self.trace_id = runtime.next_request_id()
        self.route: CompiledRoute | None = None
        self.service: CompiledService | None = None
        self.balancer: Balancer | None = None
        self.body: RequestBody | None = None
        self.max_body_bytes: int | None = None
        self.captures: Captures = ()
        self.principal: Principal | None = None
        self.instance: InstanceSpec | None = None
        self.calm: Calm | None = None
        self.successes = 0
        self.passage: Passage | None = None
        self.reply_headers: tuple[tuple[bytes, bytes], ...] = ()
        self.reply_edits: tuple[ReplyEdit, ...] = ()
        self.head_edits: tuple[HeadEdit, ...] = ()
        self.upstream_path: bytes | None = None
        self.upstream_query: bytes | None = None
        self.recording: Recording | None = None
        self.cache = ""
        self.status = 0
        self.outcome = "ok"
        self.reason = ""
        self.retries = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.upstream_seconds = 0.0
        self.streamed_seconds = 0.0
