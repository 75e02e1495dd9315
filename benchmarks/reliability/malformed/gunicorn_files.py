r"""The request files of gunicorn's own tests, read from its source distribution on PyPI and never kept.

They are the widest public collection of valid and invalid requests for a Python server. Each line of a file stands
for itself; `\r\n` and the like are written out (`tests/treq.py` there).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from benchmarks.reliability.malformed.case import MARK, Case

_WRITTEN_OUT = ((b"\n", b""), (b"\\r\\n", b"\r\n"), (b"\\0", b"\x00"), (b"\\n", b"\n"), (b"\\t", b"\t"))
_HEX = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_TARGET = re.compile(rb"^([!-~]+ /[^ ?#\r\n]*)", re.MULTILINE)
_OWN_SETTINGS = re.compile(r"^cfg\.set\(", re.MULTILINE)


def download(directory: Path) -> Path | None:
    """The archive, or None where no package index can be reached."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"]
    done = subprocess.run([*command, str(directory), "gunicorn"], capture_output=True, check=False, timeout=180)
    found = sorted(directory.glob("gunicorn-*.tar.gz"))
    return found[-1] if done.returncode == 0 and found else None


def cases() -> list[Case]:
    """`gunicorn invalid` and `gunicorn valid`; empty when the archive could not be fetched.

    Files whose tests change gunicorn's settings are left out: they say what an option allows, not what HTTP does.
    """
    with tempfile.TemporaryDirectory() as directory:
        archive = download(Path(directory))
        if archive is None:
            return []
        with tarfile.open(archive) as opened:
            opened.extractall(directory, filter="data")
        return [
            _case(path)
            for path in sorted(Path(directory).glob("gunicorn-*/tests/requests/*/*.http"))
            if _is_plain(path)
        ]


def _is_plain(path: Path) -> bool:
    beside = path.with_suffix(".py")
    return path.parent.name in ("invalid", "valid") and beside.exists() and not _OWN_SETTINGS.search(beside.read_text())


def _case(path: Path) -> Case:
    data = path.read_bytes()
    for written, meant in _WRITTEN_OUT:
        data = data.replace(written, meant)
    data = _HEX.sub(lambda found: bytes((int(found[1], 16),)), data)
    data = _TARGET.sub(lambda found: found[1].rstrip(b"/") + b"/" + MARK, data, count=1)
    kind = path.parent.name
    return Case(f"gunicorn {kind}", path.stem, data, "refuse" if kind == "invalid" else "valid")
