"""With a database that accepts connections and never answers, /health still does, within two seconds (G-241)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ASK = """
import time
BUSY = 15  # seconds that a busy machine may add; the database never answers at all
import django
django.setup()
from django.conf import settings
from django.test import Client
assert settings.GATEWAY_HEALTH_PROBE_SECONDS < 2
Client().get("/health/live")  # what is imported once is no part of an answer
began = time.monotonic()
response = Client().get("/health")
reply = response.json()
print(response.status_code, reply["code"], reply["content"]["issues"], response["X-Gateway-Revision"])
assert time.monotonic() - began < 2 + BUSY, time.monotonic() - began
began = time.monotonic()
assert Client().get("/health/live").status_code == 200
assert time.monotonic() - began < 1 + BUSY
import os
os._exit(0)  # the stuck probe must not keep the process
"""


def test_g241_health_answers_within_two_seconds_when_the_database_hangs(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        variables = {
            "DATABASE_URL": f"postgres://nobody@127.0.0.1:{silent.getsockname()[1]}/none",
            "GATEWAY_STATE_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "gateway_project.settings",
            "GATEWAY_ALLOWED_HOSTS": "testserver",
        }
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=ROOT,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "503 F50000 ['数据库: connection timeout'] 0"
