"""The families of the exposition for scrapers: name, kind, help, labels. docs/metrics.md lists every one (G-262)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gateway_project.rest.codes import Code


class Family(NamedTuple):
    """One family; a counter's samples have `_total` behind its name."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The name as a scraper sees it."""
        return f"{self.name}_total" if self.kind == "counter" else self.name


_ROUTE = ("route", "service")
_INSTANCE = ("service", "instance")

REQUESTS = Family("gateway_requests", "counter", "Total number of requests")
ERRORS = Family("gateway_errors", "counter", "Total number of error requests")
HTTP_REQUESTS = Family(
    "gateway_http_requests",
    "counter",
    "Requests by what was answered; code 499 is a client that left.",
    (*_ROUTE, "method", "code", "status_class"),
)
OUTCOMES = Family(
    "gateway_request_outcomes",
    "counter",
    "Requests by how they ended: ok, client_gone, cut, what a stage answered, or the code of the gateway's own error.",
    (*_ROUTE, "outcome"),
)
DENIED = Family(
    "gateway_policy_denied",
    "counter",
    "Requests refused by a policy; reason is the code of the answer.",
    (*_ROUTE, "policy", "reason"),
)
DURATION = Family(
    "gateway_request_duration_seconds", "histogram", "From the head of a request to the end of its answer.", _ROUTE
)
UPSTREAM_DURATION = Family(
    "gateway_upstream_duration_seconds", "histogram", "Time spent waiting for instances, all attempts.", _ROUTE
)
OVERHEAD = Family(
    "gateway_overhead_duration_seconds",
    "histogram",
    "The gateway's own time: without waiting for instances and without streaming bodies.",
    _ROUTE,
)
BYTES = Family(
    "gateway_bytes", "counter", "Bytes of bodies, from clients (in) and to them (out).", (*_ROUTE, "direction")
)
RETRIES = Family("gateway_upstream_retries", "counter", "Attempts beyond the first of a request.", _ROUTE)
CACHED = Family(
    "gateway_cache_requests", "counter", "Requests by what the cache did, the word of X-Cache.", (*_ROUTE, "result")
)
ANSWERS = Family(
    "gateway_upstream_answers", "counter", "Requests answered by an instance.", (*_INSTANCE, "status_class")
)
ANSWER_SECONDS = Family(
    "gateway_upstream_answer_seconds", "counter", "Time those requests waited for instances.", _INSTANCE
)
FAILURES = Family(
    "gateway_upstream_failures", "counter", "Attempts at an instance that gave no answer.", (*_INSTANCE, "reason")
)
REFUSED = Family(
    "gateway_refused_requests", "counter", "Answers to what was no request: malformed, late, or too many connections."
)
DROPPED = Family(
    "gateway_access_records_dropped", "counter", "Access records lost because the log could not be written."
)
CIRCUIT = Family(
    "gateway_circuit_state", "gauge", "0 closed, 1 half-open, 2 open; without an instance the service's own.", _INSTANCE
)
FALLBACKS = Family(
    "gateway_limit_fallbacks", "counter", "Requests limited by this machine alone because Redis could not be asked."
)
MIRRORS_SENT = Family("gateway_mirrors_sent", "counter", "Copies of requests that a mirror answered.")
MIRRORS_DROPPED = Family(
    "gateway_mirrors_dropped", "counter", "Copies not sent: too large, too many at once, or no instance to take them."
)
MIRRORS_FAILED = Family("gateway_mirrors_failed", "counter", "Copies that a mirror did not answer in time or at all.")
SPANS_DROPPED = Family(
    "gateway_traces_dropped", "counter", "Requests whose spans were lost: too many waited, or no collector took them."
)
RELOADS = Family("gateway_config_reloads", "counter", "Configurations workers have put in force.")
RELOAD_FAILURES = Family("gateway_config_reload_failures", "counter", "Configurations workers could not put in force.")

BUILD = Family("gateway_build_info", "gauge", "Always 1; the version is the label.", ("version",))
WORKERS = Family("gateway_workers", "gauge", "Workers that answered this scrape.")
REVISION = Family("gateway_config_revision", "gauge", "Revision a worker answers by.", ("worker",))
APPLIED = Family(
    "gateway_config_last_success_timestamp_seconds",
    "gauge",
    "When a worker put the configuration in force it answers by.",
    ("worker",),
)
AGE = Family("gateway_config_age_seconds", "gauge", "Seconds since then.", ("worker",))
PROBLEMS = Family(
    "gateway_config_problems", "gauge", "Routes and services that cannot be served as they stand and answer F50000."
)
ACTIVE_ROUTES = Family("gateway_active_routes", "gauge", "Number of active routes")
HEALTHY_INSTANCES = Family("gateway_healthy_instances", "gauge", "Number of healthy service instances")
IN_FLIGHT = Family("gateway_requests_in_flight", "gauge", "Requests that are being served, the control plane's too.")
CONNECTIONS = Family("gateway_open_connections", "gauge", "Connections of clients.")
UPSTREAM_CONNECTIONS = Family(
    "gateway_upstream_connections", "gauge", "Connections to an instance.", (*_INSTANCE, "state")
)
UPSTREAM_WAITING = Family("gateway_upstream_waiting", "gauge", "Requests waiting for a connection.", _INSTANCE)
TARGET_HEALTHY = Family(
    "gateway_upstream_target_healthy", "gauge", "1 for an instance that may be asked, also in reserve.", _INSTANCE
)
TARGET_EJECTED = Family(
    "gateway_upstream_target_ejected", "gauge", "1 for an instance that is left out after failed requests.", _INSTANCE
)

NODE_COUNTERS = {
    "refused_requests": REFUSED,
    "access_records_dropped": DROPPED,
    "limit_fallbacks": FALLBACKS,
    "mirrors_sent": MIRRORS_SENT,
    "mirrors_dropped": MIRRORS_DROPPED,
    "mirrors_failed": MIRRORS_FAILED,
    "spans_dropped": SPANS_DROPPED,
    "config_reloads": RELOADS,
    "config_reload_failures": RELOAD_FAILURES,
}
"""Counters of a worker as a whole, by the name it counts them under."""

GAUGES = {
    "in_flight": IN_FLIGHT,
    "client_connections": CONNECTIONS,
    "active_routes": ACTIVE_ROUTES,
    "config_problems": PROBLEMS,
    "healthy_instances": HEALTHY_INSTANCES,
    "config_revision": REVISION,
    "config_applied": APPLIED,
    "upstream_connections": UPSTREAM_CONNECTIONS,
    "upstream_waiting": UPSTREAM_WAITING,
    "target_healthy": TARGET_HEALTHY,
    "target_ejected": TARGET_EJECTED,
    "circuit_state": CIRCUIT,
}
"""Gauges that are shown as workers report them, by the family of their key."""

POLICIES: dict[str, str] = {
    Code.UNAUTHENTICATED: "authentication",
    Code.FORBIDDEN: "access",
    Code.TOO_MANY_REQUESTS: "rate_limit",
    Code.TOO_LARGE: "body_size",
    Code.CIRCUIT_OPEN: "circuit_breaker",
    Code.LIMITS_UNAVAILABLE: "rate_limit",
}
"""The kind of policy that answers with a code; several stages of one kind may share it."""

FAMILIES: tuple[Family, ...] = (
    REQUESTS, ERRORS, ACTIVE_ROUTES, HEALTHY_INSTANCES, HTTP_REQUESTS, OUTCOMES, DENIED, DURATION, UPSTREAM_DURATION,
    OVERHEAD, BYTES, RETRIES, CACHED, ANSWERS, ANSWER_SECONDS, FAILURES, UPSTREAM_CONNECTIONS, UPSTREAM_WAITING,
    TARGET_HEALTHY, TARGET_EJECTED, CIRCUIT, CONNECTIONS, IN_FLIGHT, REFUSED, DROPPED, FALLBACKS, SPANS_DROPPED,
    MIRRORS_SENT, MIRRORS_DROPPED, MIRRORS_FAILED, WORKERS, REVISION, APPLIED, AGE, RELOADS, RELOAD_FAILURES, PROBLEMS,
    BUILD,
)  # fmt: skip
"""In the order of the exposition."""
