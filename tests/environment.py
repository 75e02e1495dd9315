"""A pytest plugin (`-p tests.environment`): the settings the tests run under, whatever the shell or .env says.

pytest-django reads the settings before any conftest.py, so this must come earlier still. Variables that begin
with GATEWAY_TEST_ are the tests' own and stay, and so does GATEWAY_SCREENSHOTS.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

OWN = ("GATEWAY_TEST_", "GATEWAY_SCREENSHOTS")

for name in list(os.environ):
    if name in {"DATABASE_URL", "REDIS_URL"} or (name.startswith("GATEWAY_") and not name.startswith(OWN)):
        del os.environ[name]

STATE = Path(tempfile.mkdtemp(prefix="gateway-tests-"))
atexit.register(shutil.rmtree, STATE, ignore_errors=True)
os.environ.setdefault("GATEWAY_TEST_SHARED", str(STATE))  # the processes of one run inherit that of the first
(STATE / "env").touch()

os.environ |= {
    "GATEWAY_ENV_FILE": str(STATE / "env"),  # an empty one: a developer's .env must not reach the tests
    "GATEWAY_STATE_DIR": str(STATE),
    "GATEWAY_ADMIN_BIND": "shared",
    "GATEWAY_JWKS_PRIVATE_NETWORKS": "127.0.0.0/8",  # where the tests' own key servers are
    "GATEWAY_SECRET_KEY": "tests-only-secret-key-0123456789abcdef0123456789abcdef",
    "GATEWAY_JWT_SECRET": "tests-only-jwt-secret-0123456789abcdef0123456789abcdef",
}
if "GATEWAY_TEST_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["GATEWAY_TEST_DATABASE_URL"]
