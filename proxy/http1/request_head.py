"""The head of a request: request line and fields (RFC 9112 sections 3 and 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.http1.errors import MalformedMessage
from proxy.http1.fields import Fields, Headers, by_name, check_bytes, is_token, parse_fields, split_lines
from proxy.http1.framing import request_length

if TYPE_CHECKING:
    from routing.path import CanonicalPath

_SINGLETONS = frozenset(
    (b"host", b"content-length", b"content-type", b"authorization", b"transfer-encoding", b"expect", b"upgrade")
)
_VERSIONS = {b"HTTP/1.1": 11, b"HTTP/1.0": 10}
_METHODS = {
    name.encode(): name for name in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT")
}
_BODY_FIELDS = frozenset((b"content-length", b"transfer-encoding"))
_TAB = ord("\t")  # a number: `bytes in bytes` raises and drops an error within (CPython 3.11), ten times the cost


class RequestHead:
    """A request before anyone has decided anything about it.

    `version` is 10 or 11, `length` the body's bytes or `framing.CHUNKED`; `fields` maps each name to its last value
    and is whole for names that may stand only once. `headers` and `fields` may be shared with the head before on the
    same connection: nobody changes them. `onward` is what of them goes to an upstream, `canonical` what
    `Request` makes of the target and Host, once that is known.
    """

    __slots__ = (
        "canonical", "fields", "headers", "length", "method", "onward", "raw", "raw_fields", "target", "version",
    )  # fmt: skip

    def __init__(
        self,
        method: str,
        target: bytes,
        version: int,
        headers: Headers,
        fields: Fields,
        length: int,
        raw: bytes,
        raw_fields: bytes,
        onward: bytes | None = None,
    ) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.fields = fields
        self.length = length
        self.raw = raw
        self.raw_fields = raw_fields
        """The field lines as they came, each with the line break before it."""
        self.onward = onward
        self.canonical: tuple[bytes, str, CanonicalPath, bytes] | None = None
        """Authority, host, path and query."""

    @property
    def wants_keep_alive(self) -> bool:
        """Whether the client would send another request on this connection (RFC 9112 section 9.3)."""
        connection = self.fields.get(b"connection")
        if connection is None:
            return self.version == 11
        options = connection_options(self.headers)
        return b"close" not in options and (self.version == 11 or b"keep-alive" in options)


_ONE_OPTION = {value: frozenset((value.lower(),)) for value in (b"keep-alive", b"Keep-Alive", b"close", b"Close")}


def connection_options(headers: Headers) -> frozenset[bytes]:
    """The options named by all `Connection` fields, in lower case."""
    values = [value for name, value in headers if name == b"connection"]
    if len(values) == 1 and values[0] in _ONE_OPTION:
        return _ONE_OPTION[values[0]]
    return frozenset(option.strip().lower() for value in values for option in value.split(b","))


def parse_request_head(
    block: bytes, *, max_line: int, max_fields: int, before: RequestHead | None = None
) -> RequestHead:
    """The head in `block`, which ends before its empty line.

    `before` is the one before it on its connection, read within the same bounds: a client mostly sends the same fields
    again and again, often the same request, and what was found good need not be read twice.

    Raises `MalformedMessage`: 400 for broken syntax, 414 for a request line over `max_line` bytes, 431 for more than
    `max_fields` fields, 501 for an unknown transfer coding, 505 for another major version.
    """
    if before is not None and block == before.raw:
        return before
    line_end = block.find(b"\r\n")
    if (line_end if line_end >= 0 else len(block)) > max_line:
        raise MalformedMessage(f"the request line is longer than {max_line} bytes", 414)
    if before is not None and block[line_end:] == before.raw_fields:
        method, target, version = _request_line(block[:line_end])
        if version == before.version:
            known = before
            return RequestHead(
                method,
                target,
                version,
                known.headers,
                known.fields,
                known.length,
                block,
                known.raw_fields,
                known.onward,
            )
    lines = split_lines(block, limit=max_fields)
    method, target, version = _request_line(lines[0])
    headers = parse_fields(lines)
    fields = by_name(headers, _SINGLETONS)
    if b"host" not in fields and version == 11:
        raise MalformedMessage("an HTTP/1.1 request needs a Host field")
    length = 0 if _BODY_FIELDS.isdisjoint(fields) else request_length(fields, version)
    return RequestHead(method, target, version, headers, fields, length, block, block[len(lines[0]) :])


def _request_line(line: bytes) -> tuple[str, bytes, int]:
    check_bytes(line)
    parts = line.split(b" ")
    if len(parts) != 3 or _TAB in line:  # some servers split at any white space (section 3)
        raise MalformedMessage("the request line is not `method target version`")
    name, target, spoken = parts
    method = _METHODS.get(name)
    if method is None:
        if not is_token(name):
            raise MalformedMessage("the method is not a token")
        method = name.decode("ascii")
    version = _VERSIONS.get(spoken)
    if version is None:
        if spoken[:5] == b"HTTP/" and len(spoken) == 8 and spoken[5:6] in b"023456789":
            raise MalformedMessage("only HTTP/1.0 and HTTP/1.1 are spoken here", 505)
        raise MalformedMessage("the version is not HTTP/1.0 or HTTP/1.1")
    if not target:
        raise MalformedMessage("the request target is empty")
    return method, target, version
