"""Seeded damage to requests: what an attacker's search, or a broken client, would make of them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from benchmarks.reliability.malformed.case import MARK, Case

_LENGTHENED = re.compile(rb"[0-9A-Fa-f]" + MARK)
"""A digit before the mark would make it another case's."""
Mutator = Callable[[bytes, random.Random], bytes]

ODD = (
    b"\x00", b"\x01", b"\t", b"\n", b"\x0b", b"\x0c", b"\r", b"\x1c", b"\x1f", b" ", b"\"", b"#", b"%", b"'", b"(",
    b"+", b",", b"-", b"/", b"0x", b":", b";", b"=", b"?", b"@", b"[", b"\\", b"_", b"{", b"\x7f", b"\x80", b"\x85",
    b"\xa0", b"\xc2\x85", b"\xe2\x80\xa8", b"\xff", b"\r\n", b"\n\r", b"\r\r\n", b"\r\n ", b"\r\n\t", b"\r\n\r\n",
    b"..", b"//", b"%00", b"%0d%0a", b"%2f", b"0", b"00", b"5",
)  # fmt: skip

LINES = (
    b"Host: b.test", b"Host:", b"Content-Length: 5", b"Content-Length: 0", b"Content-Length: 4",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding : chunked",
    b"Connection: close", b"Connection: keep-alive, Transfer-Encoding", b"Connection: Content-Length",
    b"Upgrade: websocket", b"Expect: 100-continue", b" folded", b"\tfolded", b"X", b": y", b"Content_Length: 9",
    b"Transfer_Encoding: chunked", b"Trailer: Host", b"TE: chunked", b"HTTP2-Settings: AA", b"",
)  # fmt: skip


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(ODD) + data[at:]


def _replace(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(ODD) + data[at + 1 :]


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]


def _delete(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.choice((1, 1, 1, 2, 4, 8)) :]


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data) + 1)]


def _line_end(data: bytes, chance: random.Random) -> bytes:
    """Another end for one line."""
    ends = [at for at in range(len(data)) if data.startswith(b"\r\n", at)]
    if not ends:
        return data
    at = chance.choice(ends)
    return (
        data[:at]
        + chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"", b"\r\n\r\n", b"\x0b", b"\x85"))
        + data[at + 2 :]
    )


def _lines(data: bytes, chance: random.Random) -> bytes:
    """A line more, twice, gone or elsewhere."""
    lines = data.split(b"\r\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            lines.insert(max(1, at), chance.choice(LINES))
        case 1:
            lines.insert(other, lines[at])
        case 2:
            del lines[at]
        case _:
            lines[at], lines[other] = lines[other], lines[at]
    return b"\r\n".join(lines)


def _number(data: bytes, chance: random.Random) -> bytes:
    """Another number for one that stands there, as lengths and chunk sizes do."""
    at = [place for place, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if not at:
        return data
    place = chance.choice(at)
    other = chance.choice(
        (
            b"0",
            b"1",
            b"9",
            b"a",
            b"f",
            b"F",
            b"g",
            b"-1",
            b"+1",
            b"1_0",
            b"0x1",
            b"1.0",
            b"10",
            b"\xd9\xa1",
            b" 1",
            b"1 ",
        )
    )
    return data[:place] + other + data[place + 1 :]


def _case(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at : at + 12].swapcase() + data[at + 12 :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    piece = data[at : at + chance.choice((1, 2, 8, 30))]
    return data[:at] + piece * chance.choice((2, 3, 50)) + data[at:]


MUTATORS: tuple[Mutator, ...] = (
    _insert, _insert, _replace, _flip, _delete, _truncate, _line_end, _line_end, _lines, _lines, _lines, _number,
    _case, _repeat,
)  # fmt: skip


def mutated(seeds: Sequence[Case], count: int, seed: int) -> Iterator[Case]:
    """`count` cases: one to four injuries each, or two requests grown together. The mark survives in each."""
    chance = random.Random(seed)
    small = [case.template for case in seeds if len(case.template) < 3000]
    good = [case.template for case in seeds if case.kind == "valid" and len(case.template) < 3000]
    made = 0
    while made < count:
        data = chance.choice(good if chance.random() < 0.6 else small)
        if chance.random() < 0.1:
            other = chance.choice(small)
            data = data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]
        for _ in range(chance.choice((1, 1, 1, 1, 2, 3))):
            if data:
                data = chance.choice(MUTATORS)(data, chance)
        if MARK not in data or b"@@" in data.replace(MARK, b"") or _LENGTHENED.search(data):
            continue
        made += 1
        yield Case("mutated", f"{seed}/{made}", data)
