"""nginx for the trials of R-25."""

from __future__ import annotations

from benchmarks.peers.nginx import Nginx

HTTP = """
  upstream recorder { server 127.0.0.1:RECORDER; keepalive 32; }
  upstream hostile { server 127.0.0.1:HOSTILE max_fails=0; keepalive 32; }
  upstream three { least_conn; THREE keepalive 64; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:PORT default_server backlog=4096;
    location /hostile/ {
      proxy_pass http://hostile;
      proxy_connect_timeout 1s;
      proxy_read_timeout 1s;
      proxy_next_upstream off;
    }
    location /deaths/ {
      proxy_pass http://three/;
      proxy_connect_timeout 500ms;
      proxy_read_timeout 500ms;
      proxy_next_upstream error timeout;
      proxy_next_upstream_timeout 3s;
    }
  }
  server {
    listen 127.0.0.1:PORT;
    server_name prefix.test;
    location /public/ { proxy_pass http://recorder/open/; }
    location /private/ { return 401; }
    location / { return 404; }
  }
  server {
    listen 127.0.0.1:PORT;
    server_name exact.test;
    location = /private/secret { return 401; }
    location / { proxy_pass http://recorder; }
  }
  server {
    listen 127.0.0.1:PORT;
    server_name regex.test;
    location ~ ^/private(/.*)?$ { return 401; }
    location ~ ^/ { proxy_pass http://recorder; }
  }"""


class ParityNginx(Nginx):
    """`location` guards by `return 401`; passive checks and `proxy_next_upstream`, which leaves POSTs alone."""

    def _http(self) -> str:
        recorder, hostile, *three = self.job.upstream_ports
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in three)
        filled = HTTP.replace("PORT", str(self.port)).replace("RECORDER", str(recorder))
        return filled.replace("HOSTILE", str(hostile)).replace("THREE", servers)
