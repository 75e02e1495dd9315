"""Envoy for the trials of R-25."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.envoy import address
from benchmarks.peers.plain import PlainEnvoy

REFUSED = {"direct_response": {"status": 401}}
MANY = {"thresholds": [{"max_retries": 1000}]}


class ParityEnvoy(PlainEnvoy):
    """Path rules as its documentation recommends for the edge; active checks, outlier detection, retries by method."""

    def _bootstrap(self) -> dict[str, Any]:
        recorder, hostile, *three = self.job.upstream_ports
        chain = {"filters": [{"name": "http", "typed_config": self._connection_manager()}]}
        listener = {"name": "in", "address": address(self.port), "filter_chains": [chain]}
        check = {
            "timeout": "0.5s",
            "interval": "1s",
            "unhealthy_threshold": 1,
            "healthy_threshold": 1,
            "http_health_check": {"path": "/health"},
        }
        outliers = {
            "consecutive_5xx": 1,
            "consecutive_gateway_failure": 1,
            "enforcing_consecutive_gateway_failure": 100,
            "interval": "0.5s",
            "base_ejection_time": "1s",
            "max_ejection_percent": 67,
        }
        policy = {"lb_policy": "LEAST_REQUEST", "health_checks": [check], "outlier_detection": outliers}
        clusters = [
            _cluster("recorder", [recorder]),
            _cluster("hostile", [hostile]),
            _cluster("three", three) | policy,
        ]
        return {"static_resources": {"listeners": [listener], "clusters": clusters}}

    def _connection_manager(self) -> dict[str, Any]:
        return super()._connection_manager() | {
            "path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT",
            "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
        }

    def _hosts(self) -> list[dict[str, Any]]:
        return _hosts()


def _cluster(name: str, ports: list[int]) -> dict[str, Any]:
    endpoints = [{"endpoint": {"address": address(port)}} for port in ports]
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "0.5s",
        "circuit_breakers": MANY,
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }


def _hosts() -> list[dict[str, Any]]:
    recorder = {"route": {"cluster": "recorder"}}
    stripped = {"cluster": "recorder", "prefix_rewrite": "/open/"}
    others = [{"host_selection_retry_max_attempts": 5, "retry_host_predicate": [_other_hosts()]}]
    again = others[0] | {"num_retries": 4}
    get = again | {"retry_on": "reset,connect-failure,refused-stream,gateway-error", "per_try_timeout": "0.5s"}
    post = again | {"retry_on": "connect-failure,refused-stream"}
    is_get = [{"name": ":method", "string_match": {"exact": "GET"}}]
    deaths = {"cluster": "three", "prefix_rewrite": "/"}
    return [
        _host("prefix.test", [
            {"match": {"prefix": "/private/"}, **REFUSED},
            {"match": {"prefix": "/public/"}, "route": stripped},
        ]),
        _host("exact.test", [
            {"match": {"path": "/private/secret"}, **REFUSED},
            {"match": {"prefix": "/"}, **recorder},
        ]),
        _host("regex.test", [
            {"match": {"safe_regex": {"regex": "/private(/.*)?"}}, **REFUSED},
            {"match": {"safe_regex": {"regex": "/.*"}}, **recorder},
        ]),
        _host("*", [
            {"match": {"prefix": "/hostile/"}, "route": {"cluster": "hostile", "timeout": "1s"}},
            {
                "match": {"prefix": "/deaths/", "headers": is_get},
                "route": {**deaths, "timeout": "3s", "retry_policy": get},
            },
            {"match": {"prefix": "/deaths/"}, "route": {**deaths, "timeout": "0.5s", "retry_policy": post}},
        ]),
    ]  # fmt: skip


def _host(domain: str, routes: list[dict[str, Any]]) -> dict[str, Any]:
    domains = [domain] if domain == "*" else [domain, f"{domain}:*"]
    return {"name": domain, "domains": domains, "routes": routes}


def _other_hosts() -> dict[str, Any]:
    kind = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
    return {
        "name": "envoy.retry_host_predicates.previous_hosts",
        "typed_config": {"@type": f"type.googleapis.com/{kind}"},
    }
