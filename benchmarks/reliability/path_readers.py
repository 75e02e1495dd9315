"""R-04: nginx and Caddy as they would stand behind a gateway, each telling which resource it takes a target for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.peers.nginx import nginx_binary, nginx_scaffold
from benchmarks.peers.peer import bench_program
from benchmarks.processes import LOAD_CORE, PinnedProcess, free_port
from benchmarks.reliability.whole_answer import read_answer

PAGE, BELOW = b"the page", b"below"
"""What they answer for exactly `/private/secret`, and for all else below `/private`."""


@contextmanager
def path_readers(directory: Path) -> Iterator[dict[str, int]]:
    """Name to port of each."""
    starts = {"nginx": _nginx, "Go (Caddy)": _caddy}
    with ExitStack() as stack:
        ports = {}
        for name, start in starts.items():
            ports[name] = free_port()
            folder = directory / f"reader-{ports[name]}"
            folder.mkdir()
            process = start(folder, ports[name])
            stack.callback(process.stop)
            process.wait_ready(ports[name])
        yield ports


def _nginx(directory: Path, port: int) -> PinnedProcess:
    config = directory / "nginx.conf"
    config.write_text(
        nginx_scaffold(f"""
  server {{
    listen 127.0.0.1:{port};
    keepalive_requests 100000000;
    location = /private/secret {{ return 200 "{PAGE.decode()}"; }}
    location /private/ {{ return 200 "{BELOW.decode()}"; }}
    location / {{ return 200 "open"; }}
  }}""")
    )
    command = [nginx_binary(), "-p", str(directory), "-c", str(config)]
    return PinnedProcess(command, core=LOAD_CORE, directory=directory)


def _caddy(directory: Path, port: int) -> PinnedProcess:
    """By `path_regexp`, which cleans paths as Go does and heeds their case."""
    config = directory / "Caddyfile"
    config.write_text(f"""{{
  admin off
  auto_https off
  persist_config off
}}
http://:{port} {{
  bind 127.0.0.1
  @page path_regexp ^/private/secret$
  @below path_regexp ^/private/
  handle @page {{
    respond "{PAGE.decode()}"
  }}
  handle @below {{
    respond "{BELOW.decode()}"
  }}
  handle {{
    respond "open"
  }}
}}
""")
    command = [bench_program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]
    return PinnedProcess(command, core=LOAD_CORE, directory=directory, env={"HOME": str(directory)})


async def readings(port: int, targets: Iterable[bytes]) -> dict[bytes, bytes]:
    """What the reader on `port` answers for each target."""
    found: dict[bytes, bytes] = {}
    waiting = list(targets)
    while waiting:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            target = waiting.pop()
            writer.write(b"GET %b HTTP/1.1\r\nHost: trial\r\n\r\n" % target)
            seen = await read_answer(reader, "GET", 2**20, 10)
            found[target] = seen.body if seen.status == 200 else b""
            if not seen.keeps_alive:
                break
        writer.close()
    return found
