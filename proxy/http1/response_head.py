"""The head of a response: status line and fields (RFC 9112 sections 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.http1.errors import MalformedMessage
from proxy.http1.fields import Fields, Headers, by_name, check_bytes, field_lines, parse_fields, split_lines
from proxy.http1.request_head import connection_options

_SINGLETONS = frozenset((b"content-length", b"transfer-encoding"))


@dataclass(slots=True)
class ResponseHead:
    """A response's status, reason phrase and fields; `version` is 10 or 11."""

    status: int
    reason: bytes
    headers: Headers
    fields: Fields
    version: int = 11
    onward: Headers | None = None
    """What of the fields goes to a client, once that is known."""
    onward_start: bytes | None = None
    """The status line and these as they are sent."""

    @property
    def keeps_alive(self) -> bool:
        """Whether the sender will take another request on this connection (RFC 9112 section 9.3).

        A 204 that announces a body may send it too, and whatever comes late would be the next answer (edge rule F12).
        """
        if self.status == 204 and self.fields.get(b"content-length", b"0") != b"0":
            return False
        said = self.fields.get(b"connection")
        if said is None:
            return self.version == 11
        if said == b"keep-alive":
            return True
        options = connection_options(self.headers)
        return b"close" not in options and (self.version == 11 or b"keep-alive" in options)


def parse_response_head(block: bytes, *, max_fields: int) -> ResponseHead:
    """The head in `block`, which ends before its empty line; raises `MalformedMessage`."""
    lines = split_lines(block, limit=max_fields)
    status, reason, version = _status_lines[lines[0]]
    headers = parse_fields(lines)
    return ResponseHead(status, reason, headers, by_name(headers, _SINGLETONS), version)


class _StatusLines(dict[bytes, tuple[int, bytes, int]]):
    """Status line to status, reason and version; taken apart the first time, as field lines are (`fields.py`)."""

    LIMIT = 256
    LONGEST = 128

    def __missing__(self, line: bytes) -> tuple[int, bytes, int]:
        found = _status_line(line)
        if len(line) <= self.LONGEST:
            if len(self) >= self.LIMIT:
                self.clear()
            self[line] = found
        return found


_status_lines = _StatusLines()


def _status_line(line: bytes) -> tuple[int, bytes, int]:
    check_bytes(line)
    if line[:7] != b"HTTP/1." or line[8:9] != b" " or line[7:8] not in (b"0", b"1"):
        raise MalformedMessage("the status line does not begin with HTTP/1.0 or HTTP/1.1")
    digits = line[9:12]
    if len(digits) != 3 or not digits.isdigit() or line[12:13] not in (b" ", b""):
        raise MalformedMessage("the status is not three digits")
    status = int(digits)
    if not 100 <= status <= 599:
        raise MalformedMessage("the status is outside 100..599")
    return status, line[13:], 11 if line[7:8] == b"1" else 10


def serialise_head(status: int, reason: bytes, headers: Headers) -> bytes:
    """The bytes of a response head with its empty line."""
    return head_start(status, reason, headers) + b"\r\n"


def head_start(status: int, reason: bytes, headers: Headers) -> bytes:
    """The same without the empty line."""
    return b"HTTP/1.1 %d %b\r\n%b" % (status, reason, field_lines(headers))
