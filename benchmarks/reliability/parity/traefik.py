"""Traefik for the trials of R-25."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.traefik import PlainTraefik


class ParityTraefik(PlainTraefik):
    """Routers with an `ipAllowList` nobody is on as guards; active and passive checks, the `retry` middleware."""

    def _http(self) -> dict[str, Any]:
        recorder, hostile, *three = self.job.upstream_ports
        checks = {
            "healthCheck": {"path": "/health", "interval": "1s", "timeout": "500ms"},
            "passiveHealthCheck": {"failureWindow": "2s", "maxFailedAttempts": 1},
        }
        return {
            "routers": _routers(),
            "services": {
                "recorder": _service("usual", [recorder]),
                "hostile": _service("strict", [hostile]),
                "three": {"loadBalancer": {**_service("quick", three)["loadBalancer"], **checks}},
            },
            "serversTransports": {
                "usual": {},
                "strict": {"forwardingTimeouts": {"dialTimeout": "1s", "responseHeaderTimeout": "1s"}},
                "quick": {"forwardingTimeouts": {"dialTimeout": "500ms", "responseHeaderTimeout": "500ms"}},
            },
            "middlewares": {
                "nobody": {"ipAllowList": {"sourceRange": ["192.0.2.1/32"]}},
                "strip": {"stripPrefix": {"prefixes": ["/public"]}},
                "open": {"addPrefix": {"prefix": "/open"}},
                "deaths": {"stripPrefix": {"prefixes": ["/deaths"]}},
                "again": {"retry": {"attempts": 4, "initialInterval": "10ms"}},
            },
        }


def _service(transport: str, ports: list[int]) -> dict[str, Any]:
    servers = [{"url": f"http://127.0.0.1:{port}"} for port in ports]
    return {"loadBalancer": {"servers": servers, "serversTransport": transport}}


def _routers() -> dict[str, Any]:
    def router(rule: str, service: str, *middlewares: str) -> dict[str, Any]:
        return {"rule": rule, "service": service, "middlewares": list(middlewares)}

    return {
        "prefix-private": router("Host(`prefix.test`) && PathPrefix(`/private/`)", "recorder", "nobody"),
        "prefix-public": router("Host(`prefix.test`) && PathPrefix(`/public/`)", "recorder", "strip", "open"),
        "exact-private": router("Host(`exact.test`) && Path(`/private/secret`)", "recorder", "nobody"),
        "exact-public": router("Host(`exact.test`) && PathPrefix(`/`)", "recorder"),
        "regex-private": router("Host(`regex.test`) && PathRegexp(`^/private(/.*)?$`)", "recorder", "nobody"),
        "regex-public": router("Host(`regex.test`) && PathRegexp(`^/`)", "recorder"),
        "hostile": router("PathPrefix(`/hostile/`)", "hostile"),
        "deaths": router("PathPrefix(`/deaths/`)", "three", "deaths", "again"),
    }
