"""One compressed archive of named texts, with secrets masked."""

from __future__ import annotations

import io
import re
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MASK = "***"
SECRET = re.compile(r"secret|passw|token|credential|private|api_?key|^key$|authorization|cookie|hash$", re.IGNORECASE)
"""Names whose values are nobody's business; the gateway masks its own, this is the second lock."""


def masked(value: Any, is_secret: bool = False) -> Any:
    """The same document; text that stands under a secret's name, alone or in a list, is hidden."""
    if isinstance(value, Mapping):
        return {name: masked(one, bool(SECRET.search(str(name)))) for name, one in value.items()}
    if isinstance(value, list):
        return [masked(one, is_secret) for one in value]
    return MASK if is_secret and value and isinstance(value, str) else value


def write_archive(path: Path, folder: str, texts: Mapping[str, str]) -> int:
    """Writes `folder/name` for each text, readable by its owner alone. Its size in bytes. Raises `OSError`."""
    with path.open("xb") as file:
        path.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, text in texts.items():
                data = text.encode()
                entry = tarfile.TarInfo(f"{folder}/{name}")
                entry.size, entry.mtime, entry.mode = len(data), int(time.time()), 0o600
                archive.addfile(entry, io.BytesIO(data))
    return path.stat().st_size
