"""Bodies whose length two readers could see differently (RFC 9112 section 6, edge rules F2 to F6).

The spellings of Transfer-Encoding are those in which front ends and back ends were found to differ: a character
before, inside or behind the name, the colon and the value, and the same at the end of the line before.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.reliability.malformed.case import HIDDEN, MARK, POST, Case, request

ODD_BYTES = (0x01, 0x04, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1F, 0x20, 0x7F, 0xA0, 0xFF)
CHUNKED = b"Transfer-Encoding: chunked"

SPELLINGS: dict[str, bytes] = {
    "name with a blank before": b" Transfer-Encoding: chunked",
    "value after a tab": b"Transfer-Encoding:\tchunked",
    "blank before the colon": b"Transfer-Encoding : chunked",
    "tab before the colon": b"Transfer-Encoding\t:\tchunked",
    **{f"before the value {odd:02x}": b"Transfer-Encoding:%cchunked" % odd for odd in ODD_BYTES},
    **{f"after the name {odd:02x}": b"Transfer-Encoding%c: chunked" % odd for odd in ODD_BYTES},
    **{f"before the name {odd:02x}": b"%cTransfer-Encoding: chunked" % odd for odd in ODD_BYTES},
    **{f"after the value {odd:02x}": b"Transfer-Encoding: chunked%c" % odd for odd in ODD_BYTES},
    **{f"in another value {odd:02x}": b"X: X%cTransfer-Encoding: chunked" % odd for odd in ODD_BYTES},
    **{f"another field behind {odd:02x}": b"Transfer-Encoding: chunked%cX: X" % odd for odd in ODD_BYTES},
    **{f"CR and in another value {odd:02x}": b"X: X\r%cTransfer-Encoding: chunked" % odd for odd in ODD_BYTES},
    **{f"LF and in another value {odd:02x}": b"X: X%c\nTransfer-Encoding: chunked" % odd for odd in ODD_BYTES},
    **{f"CR and another field behind {odd:02x}": b"Transfer-Encoding: chunked\r%cX: X" % odd for odd in ODD_BYTES},
    **{f"LF and another field behind {odd:02x}": b"Transfer-Encoding: chunked%c\nX: X" % odd for odd in ODD_BYTES},
}

VALUES = (
    b"chunked, chunked", b"chunked, identity", b"identity, chunked", b"identity", b"gzip, chunked", b"chunked, gzip",
    b"xchunked", b"chunkedx", b"chunke", b"CHUNKED, cow", b"cow, chunked", b"\"chunked\"", b"'chunked'",
    b"chunked;q=1", b"chunked, ", b", chunked", b",", b"", b"chunked\r\nTransfer-Encoding: chunked",
    b"chunked\r\nTransfer-Encoding: cow", b"cow\r\nTransfer-Encoding: chunked", b"\\chunked", b"chunked\\",
    b"ch\tunked", b"c\x00hunked", b"chunk\xc4\x99d", b"chun\r\n ked", b"\r\n chunked", b"\x0bchunked", b"chunked\x0b",
    b"deflate", b"trailers", b"chunked chunked",
)  # fmt: skip

LENGTHS = (
    b"+5", b"-5", b"-0", b"5 ", b" 5", b"5,5", b"5, 5", b"5 5", b"0x5", b"5.0", b"5e0", b"1_0", b"05", b"", b" ",
    b"5;", b"\"5\"", b"five", b"\xd9\xa5", b"\xef\xbc\x95", b"99999999999999999999", b"9223372036854775808",
    b"18446744073709551621", b"5\x00", b"5\x0b", b"\x0b5", b"5\r\n Content-Length: 6", b"4294967301", b"5,", b",5",
    b"5\tx", b"0\r\nContent-Length: 5", b"5\r\nContent-Length: 0", b"5\r\nContent-Length: 5",
    b"5\r\ncontent-length: 6", b"5\r\nContent_Length: 60", b"5\r\nContent-Length : 60",
    b"5\r\nContent-Length\x00: 60",
)  # fmt: skip
VALID_LENGTHS = {b"5 ", b" 5", b"05", b"5\r\nContent_Length: 60"}

SIZES = (
    b"0x5", b"+5", b"-5", b"5 ", b" 5", b"5_", b"05", b"0000000000000000005", b"5;", b"5;a", b"5;a=b", b"5;a=\"b\"",
    b"5 ;a", b"5;a\nb", b"5;a\rb", b"5;\x00", b"", b"5\n", b"5\r", b"g", b"5,", b"\xd9\xa5",
    b"ffffffffffffffffffffff", b"fffffffffffffffb", b"100000005", b"5\t", b"\t5", b"5\x0b", b"5;" + b"e" * 5000,
    b"5\n\r", b"0\r\n0", b"00000005",
)  # fmt: skip
VALID_SIZES = {b"05", b"5;a", b"5;a=b", b'5;a="b"', b"5 ;a", b"00000005"}

ENDS = (
    b"0\r\n", b"0\r\n\r", b"0\r\nX\r\n\r\n", b"0\r\nX: y\n\r\n", b"0\r\n X: y\r\n\r\n",
    b"0\r\nContent-Length: 60\r\n\r\n", b"0\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\nHost: other.test\r\n\r\n",
    b"0\n\n", b"0\r\n\n", b"0\n\r\n", b"00\r\n\r\n", b"0;x\r\n\r\n", b"0 \r\n\r\n", b"-0\r\n\r\n",
    b"0\r\nX : y\r\n\r\n", b"0\r\nX: y\x00\r\n\r\n", b"0\r\nX: y\r\n z\r\n\r\n", b"5\r\nhello0\r\n\r\n",
    b"5\r\nhelloXX0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n", b"5\r\nhello\r0\r\n\r\n", b"6\r\nhello\r\n0\r\n\r\n",
    b"4\r\nhello\r\n0\r\n\r\n",
)  # fmt: skip


def cases() -> Iterator[Case]:
    """The lists above in every arrangement."""
    for name, spelling in SPELLINGS.items():
        yield Case("spelling", f"CL.TE {name}", _longer_length(spelling), "refuse")
    for name, spelling in SPELLINGS.items():
        yield Case("spelling TE.CL", f"TE.CL {name}", _shorter_length(spelling))
        yield Case("spelling TE.TE", f"TE.TE {name}", _chunks(CHUNKED + b"\r\n" + spelling))
        yield Case("spelling alone", f"TE {name}", _chunks(spelling))
    for value in VALUES:
        field = b"Transfer-Encoding: " + value
        yield Case("coding", repr(value), _chunks(field), "refuse")
        yield Case("coding and length", repr(value), _longer_length(field), "refuse")
        yield Case("coding in 1.0", repr(value), _chunks(field).replace(b"HTTP/1.1", b"HTTP/1.0", 1), "refuse")
    for value in LENGTHS:
        data = request(b"Content-Length: " + value, line=POST, body=b"hello")
        yield Case("length", repr(value), data, "valid" if value in VALID_LENGTHS else "refuse")
    for size in SIZES:
        data = request(CHUNKED, line=POST, body=size + b"\r\nhello\r\n0\r\n\r\n")
        yield Case("chunk size", repr(size[:20]), data, "valid" if size in VALID_SIZES else "refuse")
    for end in ENDS:
        yield Case("chunk end", repr(end), request(CHUNKED, line=POST, body=end))
    yield from both_orders()


def both_orders() -> Iterator[Case]:
    """Length and coding side by side, in either order and letter case, with every method that may have a body."""
    for method in (b"POST", b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"PUT"):
        line = POST.replace(b"POST", method)
        for coding in (CHUNKED, CHUNKED.lower(), CHUNKED.upper(), b"TRANSFER-encoding:chunked"):
            length = b"Content-Length: 5"
            yield Case(
                "both",
                f"{method!r} {coding!r}",
                request(length, coding, line=line, body=b"0\r\n\r\n" + HIDDEN),
                "refuse",
            )
            yield Case(
                "both",
                f"{coding!r} {method!r}",
                request(coding, length, line=line, body=b"0\r\n\r\n" + HIDDEN),
                "refuse",
            )


def _longer_length(coding: bytes) -> bytes:
    """Chunks end at once, the length covers a hidden request."""
    body = b"0\r\n\r\n" + HIDDEN
    return request(b"Content-Length: %d" % len(body), coding, line=POST, body=body)


def _shorter_length(coding: bytes) -> bytes:
    """The length ends within the first chunk, which holds a hidden request."""
    size = b"%x" % len(HIDDEN)
    body = size + b"\r\n" + HIDDEN + b"\r\n0\r\n\r\n"
    return request(b"Content-Length: %d" % (len(size) + 2), coding, line=POST, body=body)


def _chunks(coding: bytes) -> bytes:
    return request(coding, line=POST, body=b"8\r\n" + MARK + b"\r\n0\r\n\r\n")
