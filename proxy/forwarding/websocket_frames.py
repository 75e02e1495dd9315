"""Where one WebSocket frame ends and the next begins, and how long a message has grown (RFC 6455 section 5.2).

A gateway that passes frames on as they are must know their boundaries for two things only: to put a Close of its own
between two of them, and to stop a message that is too long. So nothing here judges a frame: what breaks the protocol
goes on to the peer, which has to fail the connection itself (section 7.1.7) and would otherwise give another verdict
than without a gateway. Payloads are neither unmasked nor copied.

    0                   1                   2                   3
    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
   |F|RSV  |opcode |M| length (7)  | 126: 16 bits more, 127: 64    | M: 4 bytes of key | payload
"""

from __future__ import annotations

NO_LIMIT = float("inf")

GOING_AWAY = 1001
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
"""Status codes of section 7.4.1."""

CLOSE = 0x8
MAX_CONTROL_BYTES = 125
"""Longest payload of a control frame (section 5.5)."""

_FIN = _MASKED = 0x80
_OPCODE = 0x0F
_IS_CONTROL = 0x08
_LENGTH = 0x7F
_FURTHER_LENGTH_BYTES = {126: 2, 127: 8}


class FrameTracker:
    """Follows one direction of a connection.

    `left` is how many payload bytes of the frame last begun are still to come, `closed` whether a whole Close has gone
    by, `too_big` whether a message outgrew `limit` (bytes of payload as they are on the wire, over all its fragments).
    """

    __slots__ = ("_held", "_limit", "_message", "_opcode", "closed", "left", "too_big")

    def __init__(self, limit: float = NO_LIMIT) -> None:
        self._limit = limit
        self._held = b""
        self._message = 0
        self._opcode = 0
        self.left = 0
        self.closed = False
        self.too_big = False

    def feed(self, data: bytes) -> bytes:
        """What may be passed on of `data` and of what was held back before.

        A header of which only a part has come is held back, so whoever gets the result is always between two frames or
        inside a payload. Where a frame makes its message longer than the limit, the result ends before that frame and
        `too_big` is set; after that only `closed` is kept up.
        """
        if self._held:
            data, self._held = self._held + data, b""
        if self.left > len(data):
            self.left -= len(data)
            return data
        at, self.left = self.left, 0
        if at:
            self._finished()
        return self._walk(data, at)

    def _walk(self, data: bytes, at: int) -> bytes:
        """From header to header, beginning with the one at `at`."""
        end = len(data)
        while at < end:
            payload_at, length = _header(data, at, end)
            if payload_at > end:
                self._held = data[at:]
                return data[:at]
            if self._grows_too_big(data[at], length):
                self._limit, self.too_big = NO_LIMIT, True
                self._walk(data[at:], 0)
                return data[:at]
            self._opcode = data[at] & _OPCODE
            at = payload_at + length
            if at > end:
                self.left = at - end
                return data
            self._finished()
        return data

    def _grows_too_big(self, first: int, length: int) -> bool:
        """Control frames stand between fragments and do not count, but may not be a way round the limit either."""
        if first & _IS_CONTROL:
            return length > max(self._limit, MAX_CONTROL_BYTES)
        size = self._message + length
        self._message = 0 if first & _FIN else size
        return size > self._limit

    def _finished(self) -> None:
        if self._opcode == CLOSE:
            self.closed = True


def _header(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the payload begins, and its length; a place beyond `end` when the header has not come whole."""
    if end - at < 2:
        return end + 1, 0
    second = data[at + 1]
    length = second & _LENGTH
    payload_at = at + 2 + (4 if second & _MASKED else 0)
    further = _FURTHER_LENGTH_BYTES.get(length)
    if further is not None:
        payload_at += further
        length = int.from_bytes(data[at + 2 : at + 2 + further])
    return payload_at, length


def close_frame(code: int, reason: bytes = b"", mask: bytes = b"") -> bytes:
    """A Close with a status code (section 5.5.1).

    `reason` is at most 123 bytes of UTF-8, `mask` four unpredictable bytes where a server receives it (section 5.3).
    """
    payload = code.to_bytes(2) + reason
    if not mask:
        return bytes((_FIN | CLOSE, len(payload))) + payload
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return bytes((_FIN | CLOSE, _MASKED | len(payload))) + mask + masked
