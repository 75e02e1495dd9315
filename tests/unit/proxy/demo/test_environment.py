from __future__ import annotations

import stat
from pathlib import Path

from proxy.demo.environment import SECRETS, write_environment


def test_the_file_holds_fresh_secrets_that_only_its_owner_can_read(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert write_environment(first)
    assert write_environment(second)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    values = [line.partition("=")[2] for line in first.read_text().splitlines() if line.startswith(SECRETS)]
    assert len(values) == len(SECRETS)
    assert "\nGATEWAY_SECURE_COOKIES=false\n" in first.read_text()
    assert all(len(value) >= 32 for value in values)
    assert not set(values) & {
        line.partition("=")[2] for line in second.read_text().splitlines() if line.startswith(SECRETS)
    }


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("GATEWAY_JWT_SECRET=mine\n")
    assert not write_environment(path)
    assert path.read_text() == "GATEWAY_JWT_SECRET=mine\n"
