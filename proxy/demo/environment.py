"""Writes an env file with fresh secrets: `python -m proxy.demo.environment .env`.

It needs nothing but the standard library, and never touches a file that is there.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

HEADER = """\
# Read by gateway_project/settings.py; variables of the environment come before this file.
# Keep it secret and out of version control: whoever has GATEWAY_JWT_SECRET can sign any token.
"""
SECRETS = ("GATEWAY_SECRET_KEY", "GATEWAY_JWT_SECRET")
SECRET_BYTES = 48
PLAIN_HTTP = """\
# The demo speaks plain HTTP, over which browsers take no other cookies; delete this line behind TLS.
GATEWAY_SECURE_COOKIES=false
"""


def write_environment(path: Path) -> bool:
    """Create the file, readable by its owner only; False when it is there already."""
    lines = [f"{name}={secrets.token_urlsafe(SECRET_BYTES)}\n" for name in SECRETS]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(HEADER + "".join(lines) + PLAIN_HTTP)
    return True


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if write_environment(target):
        print(f"Wrote {target} with new random secrets.")
