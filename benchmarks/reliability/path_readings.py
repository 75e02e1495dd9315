"""R-04: the path that programs behind a gateway find in a request target: nginx, Go, and a careless one."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def nginx_reading(target: bytes) -> bytes | None:
    """Decoded once, slashes merged, dot segments resolved; None where nginx answers 400."""
    path = re.split(rb"[?#]", _ABSOLUTE.sub(b"", target, count=1), maxsplit=1)[0]
    if _BROKEN_ESCAPE.search(path) or b"%00" in path or path[:1] != b"/":
        return None
    return _resolved(unquote_to_bytes(path), above_root=False)


def go_reading(target: bytes) -> bytes | None:
    """As `net/http` and `path.Clean` have it: only `?` ends the path, and nothing is above the root."""
    path = _ABSOLUTE.sub(b"", target, count=1).partition(b"?")[0]
    if _BROKEN_ESCAPE.search(path) or path[:1] != b"/":
        return None
    return _resolved(unquote_to_bytes(path), above_root=True)


def careless_reading(target: bytes) -> bytes | None:
    """Decoded three times over, backslashes taken for slashes, `;parameters` dropped: the worst of several servers."""
    path = re.split(rb"[?#]", _ABSOLUTE.sub(b"", target, count=1), maxsplit=1)[0]
    for _ in range(3):
        path = unquote_to_bytes(path.replace(b"\\", b"/"))
    segments = [segment.partition(b";")[0] for segment in path.replace(b"\\", b"/").split(b"/")]
    return _resolved(b"/".join(segments), above_root=True)


def _resolved(path: bytes, *, above_root: bool) -> bytes | None:
    kept: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            if not kept and not above_root:
                return None
            kept = kept[:-1]
        elif segment not in (b"", b"."):
            kept.append(segment)
    ending = b"/" if kept and segment in (b"", b".", b"..") else b""
    return b"/" + b"/".join(kept) + ending


READINGS = {"nginx": nginx_reading, "Go": go_reading, "a careless server": careless_reading}
