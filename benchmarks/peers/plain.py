"""Every gateway as a plain proxy: all paths of all hosts to the first upstream, no tokens, no limits."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.caddy import PlainCaddy
from benchmarks.peers.envoy import EXTENSIONS, Envoy
from benchmarks.peers.nginx import Nginx
from benchmarks.peers.peer import Peer
from benchmarks.peers.traefik import PlainTraefik


class PlainEnvoy(Envoy):
    """With the path rules that Envoy's documentation recommends at the edge."""

    def _connection_manager(self) -> dict[str, Any]:
        router = {"@type": f"{EXTENSIONS}.filters.http.router.v3.Router"}
        return {
            "@type": f"{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "in",
            "use_remote_address": True,
            "normalize_path": True,
            "merge_slashes": True,
            "route_config": {"virtual_hosts": self._hosts()},
            "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
        }

    def _hosts(self) -> list[dict[str, Any]]:
        """Virtual hosts as Envoy writes them."""
        routes = [{"match": {"prefix": "/"}, "route": {"cluster": "pair"}}]
        return [{"name": "all", "domains": ["*"], "routes": routes}]


class PlainNginx(Nginx):
    """`proxy_pass` without a path, over kept-alive connections."""

    def _http(self) -> str:
        return f"""
  upstream one {{ server 127.0.0.1:{self.job.upstream_ports[0]}; keepalive 128; }}
  server {{
    listen 127.0.0.1:{self.port} backlog=4096;
    location / {{
      proxy_pass http://one;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }}
  }}"""


PLAIN_PEERS: tuple[type[Peer], ...] = (PlainEnvoy, PlainNginx, PlainCaddy, PlainTraefik)
