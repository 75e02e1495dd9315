"""R-05: what a broken or hostile upstream may say, by name.

Each case is played as it stands; `@` in a head becomes a `Connection` field, since all are tried with an upstream that
keeps its connection open and with one that closes it.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Final, Literal

RESET: Final = "reset"
ENDLESS: Final = "endless"
"""The last bytes again and again until the other side goes."""

Step = bytes | float | Literal["reset", "endless"]
"""Bytes to send, seconds to wait, or one of the above."""

OK = b"HTTP/1.1 200 OK\r\n@Cache-Control: max-age=60\r\n"
FIVE = b"Content-Length: 5\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = OK + FIVE + b"\r\nhello"
POISON = WHOLE.replace(b"hello", b"wrong")
BOMB = gzip.compress(bytes(10 * 2**20), 9, mtime=0) * 1024
"""Ten MiB that become ten GiB."""


@dataclass(frozen=True)
class Case:
    """`payload` is the only body with which the answer may look whole; None: it must be refused or broken off."""

    name: str
    steps: tuple[Step, ...]
    payload: bytes | None = None
    status: int = 200
    method: str = "GET"
    reusable: bool = False
    """Whether the upstream's connection may carry another request afterwards."""


def _refused(**answers: bytes | tuple[Step, ...]) -> list[Case]:
    """Cases that must never look whole."""
    return [
        Case(name.replace("_", "-"), answer if isinstance(answer, tuple) else (answer,))
        for name, answer in answers.items()
    ]


def _field(line: bytes) -> bytes:
    """A whole answer but for one line of its head."""
    return OK + line + b"\r\n" + FIVE + b"\r\nhello"


def _coding(value: bytes) -> bytes:
    return OK + b"Transfer-Encoding:" + value + b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


def _length(value: bytes) -> bytes:
    return OK + b"Content-Length:" + value + b"\r\n\r\nhello"


LENGTHS = _refused(
    length_short=OK + b"Content-Length: 100\r\n\r\nonly this",
    length_short_by_one=OK + b"Content-Length: 6\r\n\r\nhello",
    length_without_body=OK + FIVE + b"\r\n",
    length_two_that_differ=OK + FIVE + b"Content-Length: 6\r\n\r\nhello!",
    length_list_that_differs=_length(b" 5, 6"),
    length_negative=_length(b" -5"),
    length_plus=_length(b" +5"),
    length_hexadecimal=_length(b" 0x5"),
    length_underscore=_length(b" 0_5"),
    length_fraction=_length(b" 5.0"),
    length_two_words=_length(b" 5 5"),
    length_word=_length(b" five"),
    length_empty=_length(b""),
    length_beyond_64_bits=_length(b" 18446744073709551621"),
    length_and_chunks=OK + FIVE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    length_and_identity=OK + FIVE + b"Transfer-Encoding: identity\r\n\r\nhello",
)

CODINGS = _refused(
    coding_gzip=_coding(b" gzip"),
    coding_twice=OK + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n5\r\nhello\r\n0\r\n\r\n",
    coding_twice_in_one=_coding(b" chunked, chunked"),
    coding_unknown=_coding(b" xchunked"),
    coding_chunked_not_last=_coding(b" chunked, gzip"),
    coding_with_control=_coding(b" \x0bchunked"),
    coding_in_http_1_0=b"HTTP/1.0 200 OK\r\n@Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    coding_after_space_before_colon=OK + b"Transfer-Encoding : chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
)

CHUNKS = _refused(
    chunk_size_not_a_number=CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    chunk_size_0x=CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    chunk_size_negative=CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    chunk_size_plus=CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n",
    chunk_size_underscore=CHUNKED + b"0_5\r\nhello\r\n0\r\n\r\n",
    chunk_size_overflow=CHUNKED + b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    chunk_size_missing=CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    chunk_longer_than_said=CHUNKED + b"3\r\nhello\r\n0\r\n\r\n",
    chunk_shorter_than_said=CHUNKED + b"9\r\nhello\r\n0\r\n\r\n",
    chunk_extension_with_nul=CHUNKED + b"5;a=\x00\r\nhello\r\n0\r\n\r\n",
    chunk_extension_endless=(CHUNKED + b"5;", b"a" * 8192, ENDLESS),
    chunk_last_missing=CHUNKED + b"5\r\nhello\r\n",
    chunk_cut_in_data=CHUNKED + b"5\r\nhel",
    chunk_cut_in_size=(CHUNKED + b"5\r\nhello\r\n1", 0.02),
    chunk_cut_before_last_line=CHUNKED + b"5\r\nhello\r\n0\r\n",
    chunk_broken_late=(CHUNKED + b"5\r\nhello\r\n", 0.05, b"zz\r\nworld\r\n0\r\n\r\n"),
    trailer_with_nul=CHUNKED + b"5\r\nhello\r\n0\r\nA: \x00\r\n\r\n",
    trailer_without_colon=CHUNKED + b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
    trailer_with_space_before_colon=CHUNKED + b"5\r\nhello\r\n0\r\nA : b\r\n\r\n",
    trailers_ten_thousand=CHUNKED + b"5\r\nhello\r\n0\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
    trailer_of_a_mebibyte=CHUNKED + b"5\r\nhello\r\n0\r\nA: " + b"b" * 2**20 + b"\r\n\r\n",
    trailers_cut=CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\n",
)

STATUS_LINES = _refused(
    status_missing=b"HTTP/1.1 \r\n" + FIVE + b"\r\nhello",
    status_two_digits=b"HTTP/1.1 20 OK\r\n" + FIVE + b"\r\nhello",
    status_four_digits=b"HTTP/1.1 2000 OK\r\n" + FIVE + b"\r\nhello",
    status_zero=b"HTTP/1.1 000 OK\r\n" + FIVE + b"\r\nhello",
    status_negative=b"HTTP/1.1 -20 OK\r\n" + FIVE + b"\r\nhello",
    status_beyond_599=b"HTTP/1.1 999 OK\r\n" + FIVE + b"\r\nhello",
    status_word=b"HTTP/1.1 OK\r\n" + FIVE + b"\r\nhello",
    version_0_9=b"<html>hello</html>\r\n",
    version_2=b"HTTP/2.0 200 OK\r\n" + FIVE + b"\r\nhello",
    version_lower_case=b"http/1.1 200 OK\r\n" + FIVE + b"\r\nhello",
    version_of_another_protocol=b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    version_tls_alert=b"\x15\x03\x01\x00\x02\x02\x46",
    status_line_after_space=b" HTTP/1.1 200 OK\r\n" + FIVE + b"\r\nhello",
    status_line_with_nul=b"HTTP/1.1 200 O\x00K\r\n" + FIVE + b"\r\nhello",
    status_line_of_a_mebibyte=b"HTTP/1.1 200 " + b"k" * 2**20 + b"\r\n" + FIVE + b"\r\nhello",
    empty_lines_endless=(b"\r\n" * 4096, ENDLESS),
)

FIELDS = _refused(
    field_with_nul=_field(b"A: b\x00c"),
    field_name_with_nul=_field(b"A\x00: b"),
    field_with_bare_cr=_field(b"A: b\rSet-Cookie: evil"),
    field_with_control=_field(b"A: b\x01c"),
    field_without_colon=_field(b"nonsense"),
    field_without_name=_field(b": b"),
    field_with_space_before_colon=_field(b"A : b"),
    field_name_with_space=_field(b"A b: c"),
    field_of_a_mebibyte=_field(b"A: " + b"b" * 2**20),
    fields_ten_thousand=_field(b"A: b\r\n" * 9_999 + b"A: b"),
    fields_endless=(OK + b"A: b\r\n", b"A: b\r\n" * 1000, ENDLESS),
    head_dribbled=(OK, *(step for _ in range(400) for step in (b"A", 0.05))),
    head_never_ended=OK + FIVE,
    silence=(),
)

INTERIM = _refused(
    interim_flood=b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + WHOLE,
    interim_flood_of_hints=b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1000 + WHOLE,
    interim_endless=(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, ENDLESS),
    interim_only=b"HTTP/1.1 100 Continue\r\n\r\n",
    interim_with_body=b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello",
    switching_unasked=b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello",
    switching_to_h2c=b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + WHOLE,
    switching_after_interim=b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n" + WHOLE,
)

RESETS = _refused(
    reset_before_head=(RESET,),
    reset_in_status_line=(b"HTTP/1.1 2", 0.02, RESET),
    reset_in_head=(OK, 0.02, RESET),
    reset_after_head=(OK + FIVE + b"\r\n", 0.02, RESET),
    reset_in_body=(OK + FIVE + b"\r\nhel", 0.02, RESET),
    reset_in_chunk=(CHUNKED + b"5\r\nhel", 0.02, RESET),
    reset_between_chunks=(CHUNKED + b"5\r\nhello\r\n", 0.02, RESET),
    reset_before_the_end_by_close=(OK + b"\r\nhello", 0.02, RESET),
    reset_in_a_large_body=(OK + b"Content-Length: 9000000\r\n\r\n" + b"x" * 4_000_000, 0.02, RESET),
)

ENDLESS_BODIES = _refused(
    body_endless_by_close=(OK + b"\r\n", b"x" * 16_384, ENDLESS),
    body_endless_by_chunks=(CHUNKED, b"4000\r\n" + b"x" * 16_384 + b"\r\n", ENDLESS),
    body_endless_by_length=(OK + b"Content-Length: 999999999999999\r\n\r\n", b"x" * 16_384, ENDLESS),
    body_stops=(OK + b"Content-Length: 100000\r\n\r\n" + b"x" * 50_000,),
)

SAME_LENGTHS = OK + FIVE + FIVE + b"\r\nhello"
FIVE_AS_CHUNKS = CHUNKED + b"5\r\nhello\r\n0\r\n"

UNDERSTOOD = [
    Case("length-twice-the-same", (SAME_LENGTHS,), b"hello", reusable=True),
    Case("length-list-of-the-same", (_length(b" 5, 5"),), b"hello", reusable=True),
    Case("chunk-lines-by-lf", (CHUNKED + b"5\nhello\n0\n\n",), b"hello", reusable=True),
    Case("chunk-size-after-space", (CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n",), b"hello", reusable=True),
    Case("head-lines-by-lf", (WHOLE.replace(b"\r\n", b"\n"),), b"hello", reusable=True),
    Case("empty-line-before-head", (b"\r\n" + WHOLE,), b"hello", reusable=True),
    Case("version-1.9", (WHOLE.replace(b"1.1", b"1.9", 1),), b"hello", reusable=True),
    Case("field-folded", (_field(b"A: b\r\n c"),), b"hello", reusable=True),
    Case("trailers-that-frame", (FIVE_AS_CHUNKS + b"Content-Length: 9\r\nSet-Cookie: a=b\r\n\r\n",), b"hello",
         reusable=True),
    Case("more-than-its-length", (WHOLE + b"world",), b"hello"),
    Case("junk-after-chunks", (FIVE_AS_CHUNKS + b"\r\njunk",), b"hello"),
    Case("second-answer", (WHOLE + POISON,), b"hello"),
    Case("second-answer-after-chunks", (FIVE_AS_CHUNKS + b"\r\n" + POISON,), b"hello"),
    Case("no-content-with-body", (b"HTTP/1.1 204 No Content\r\n@\r\nhello",), b"", 204),
    Case("no-content-with-length", (b"HTTP/1.1 204 No Content\r\n@" + FIVE + b"\r\n", 0.03, b"hello"), b"", 204),
    Case("no-content-with-chunks", (b"HTTP/1.1 204 No Content\r\n@" + CHUNKED.partition(b"@")[2] + b"0\r\n\r\n",), b"",
         204),
    Case("not-modified-with-body", (b"HTTP/1.1 304 Not Modified\r\n@" + FIVE + b"\r\nhello",), b"", 304),
    Case("head-with-body", (WHOLE,), b"", method="HEAD"),
    Case("head-with-chunks", (FIVE_AS_CHUNKS + b"\r\n",), b"", method="HEAD"),
    Case("early-answer", (WHOLE,), b"hello", method="POST"),
    Case("early-answer-then-reset", (WHOLE, 0.05, RESET), b"hello", method="POST"),
    Case("early-answer-cut", (OK + FIVE + b"\r\nhel", 0.05, RESET), method="POST"),
    Case("reset-after-the-end", (WHOLE, 0.02, RESET), b"hello"),
    Case("bomb-passed-through",
         (OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB,), BOMB, reusable=True),
    Case("bomb-cut", (OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB[:-9],)),
]  # fmt: skip
"""Answers that some reader may understand, if it understands all of it."""

CASES = {
    case.name: case
    for group in (
        LENGTHS, CODINGS, CHUNKS, STATUS_LINES, FIELDS, INTERIM, RESETS, ENDLESS_BODIES, UNDERSTOOD,
    )
    for case in group
}  # fmt: skip
