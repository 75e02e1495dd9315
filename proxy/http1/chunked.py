"""The chunked transfer coding (RFC 9112 section 7.1), read strictly and written plainly.

Chunk extensions are read past and dropped (section 7.1.1), with a bound for each and one for all; sizes are
hexadecimal digits and nothing else; lines end with CR LF and nothing else.
"""

from __future__ import annotations

import re

from proxy.http1.errors import IncompleteMessage, MalformedMessage
from proxy.http1.fields import Headers, parse_fields, split_lines

LAST_CHUNK = b"0\r\n\r\n"

_HEX = frozenset(b"0123456789abcdefABCDEF")
_MAX_SIZE_DIGITS = 15
_MAX_LINE = 4096
_MAX_EXTENSION_BYTES = 16 * 1024
"""In one body: a byte of payload behind kilobytes of extension costs the sender little (CVE-2023-39326)."""
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = rb"\"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t -\x7e\x80-\xff])*\""
_EXTENSIONS = re.compile(rb"(?:[ \t]*;[ \t]*%b(?:[ \t]*=[ \t]*(?:%b|%b))?)+" % (_TOKEN, _TOKEN, _QUOTED))
"""RFC 9112 section 7.1.1, the `BWS` of which is taken on both sides as it stands there."""
_MAX_TRAILER_BYTES = 16 * 1024
_MAX_TRAILERS = 32


def chunk(data: bytes) -> bytes:
    """`data` as one chunk; it may not be empty, which would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def last_chunk(trailers: Headers) -> bytes:
    """The end of a chunked body with its trailer fields."""
    if not trailers:
        return LAST_CHUNK
    return b"0\r\n%b\r\n" % b"".join([b"%b: %b\r\n" % field for field in trailers])


class ChunkedBody:
    """Takes the bytes of a chunked body apart as they come."""

    __slots__ = ("_extension_bytes", "_left", "_need_crlf", "_refused_trailers", "done", "trailers")

    def __init__(self, refused_trailers: frozenset[bytes] = frozenset()) -> None:
        """`refused_trailers` are names that may not stand in the trailer section."""
        self._refused_trailers = refused_trailers
        self._extension_bytes = 0
        self._left = 0
        self._need_crlf = False
        self.done = False
        self.trailers: Headers = []

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """The payload found in `data` and what is left of it for later (or for the next message, once `done`).

        Raises `MalformedMessage` for anything outside the grammar.
        """
        pieces: list[bytes] = []
        at = 0
        while not self.done:
            if self._left:
                piece = data[at : at + self._left]
                if not piece:
                    break
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
                self._need_crlf = not self._left
                continue
            moved = self._next_size(data, at)
            if moved == at:
                break
            at = moved
        return (pieces[0] if len(pieces) == 1 else b"".join(pieces)), data[at:]

    def _next_size(self, data: bytes, at: int) -> int:
        """Reads the CR LF after a chunk and the next size line; returns where it ended, `at` when bytes are missing."""
        if self._need_crlf:
            ending = data[at : at + 2]
            if ending != b"\r\n":
                if b"\r\n".startswith(ending):
                    return at
                raise MalformedMessage("a chunk is not followed by CR LF")
            at += 2
            self._need_crlf = False
        end = data.find(b"\r\n", at)
        if end < 0 or end - at > _MAX_LINE:
            if len(data) - at > _MAX_LINE:
                raise MalformedMessage("a chunk size line is too long")
            if b"\n" in data[at:]:
                raise MalformedMessage("a chunk size line is not ended by CR LF")
            return at
        size = self._size(data[at:end])
        if size:
            self._left = size
            return end + 2
        return self._trailer_section(data, at, end + 2)

    def _size(self, line: bytes) -> int:
        digits = line
        if b";" in line:
            digits = line.partition(b";")[0].rstrip(b" \t")
            extensions = line[len(digits) :]
            self._extension_bytes += len(extensions)
            if self._extension_bytes > _MAX_EXTENSION_BYTES or not _EXTENSIONS.fullmatch(extensions):
                raise MalformedMessage("a chunk extension is malformed or too long")
        if not digits or len(digits) > _MAX_SIZE_DIGITS or not _HEX.issuperset(digits):
            raise MalformedMessage("a chunk size is not a hexadecimal number")
        return int(digits, 16)

    def _trailer_section(self, data: bytes, at: int, start: int) -> int:
        if data[start : start + 2] == b"\r\n":
            self.done = True
            return start + 2
        end = data.find(b"\r\n\r\n", start)
        if (end if end >= 0 else len(data)) - start > _MAX_TRAILER_BYTES:
            raise MalformedMessage("the trailer section is too long", 431)
        if end < 0:
            return at
        self.trailers = parse_fields(split_lines(b"\r\n" + data[start:end], limit=_MAX_TRAILERS))
        if any(name in self._refused_trailers for name, _ in self.trailers):
            raise MalformedMessage("a trailer says how the message is framed or where it goes")
        self.done = True
        return end + 4

    def end(self) -> None:
        """The sender closed: raises `IncompleteMessage`, since the last chunk had not come."""
        raise IncompleteMessage("closed before the last chunk")
