"""Caddy for the trials of R-25."""

from __future__ import annotations

from benchmarks.peers.caddy import PlainCaddy
from benchmarks.peers.peer import bench_program
from benchmarks.processes import MEASURED_CORE, PinnedProcess

CADDYFILE = """{
  admin off
  auto_https off
  persist_config off
}
http://prefix.test:PORT {
  bind 127.0.0.1
  handle /private/* {
    respond 401
  }
  handle_path /public/* {
    rewrite * /open{uri}
    reverse_proxy 127.0.0.1:RECORDER
  }
}
http://exact.test:PORT {
  bind 127.0.0.1
  handle /private/secret {
    respond 401
  }
  handle {
    reverse_proxy 127.0.0.1:RECORDER
  }
}
http://regex.test:PORT {
  bind 127.0.0.1
  @private path_regexp ^/private(/.*)?$
  handle @private {
    respond 401
  }
  handle {
    reverse_proxy 127.0.0.1:RECORDER
  }
}
http://:PORT {
  bind 127.0.0.1
  handle /hostile/* {
    reverse_proxy 127.0.0.1:HOSTILE {
      transport http {
        dial_timeout 1s
        response_header_timeout 1s
        read_timeout 1s
      }
    }
  }
  handle_path /deaths/* {
    reverse_proxy THREE {
      lb_policy least_conn
      lb_retries 4
      lb_try_duration 3s
      lb_retry_match {
        method GET
      }
      fail_duration 2s
      max_fails 1
      health_uri /health
      health_interval 1s
      health_timeout 500ms
      transport http {
        dial_timeout 500ms
        response_header_timeout 500ms
      }
    }
  }
}
"""


class ParityCaddy(PlainCaddy):
    """`handle` guards by `respond 401`; active and passive checks, retries of GETs."""

    def start(self) -> PinnedProcess:
        config = self.directory / "Caddyfile"
        config.write_text(self._caddyfile())
        command = [bench_program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]
        env = {"HOME": str(self.directory), "GOMAXPROCS": "1"}
        return PinnedProcess(command, core=MEASURED_CORE, directory=self.directory, env=env)

    def _caddyfile(self) -> str:
        recorder, hostile, *three = self.job.upstream_ports
        to = " ".join(f"127.0.0.1:{port}" for port in three)
        filled = CADDYFILE.replace("PORT", str(self.port)).replace("RECORDER", str(recorder))
        return filled.replace("HOSTILE", str(hostile)).replace("THREE", to)
