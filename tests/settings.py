"""The project's settings as tests run them: development secrets, the state in a temporary directory."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("GATEWAY_DEBUG", "true")
os.environ.setdefault("GATEWAY_STATE_DIR", tempfile.mkdtemp(prefix="gateway-tests-"))

from gateway_project.settings import *  # noqa: E402, F403 - the environment must be set first
