"""One thing a client may send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MARK = b"@@@@@@@@"
"""Stands for the eight hexadecimal digits by which a case is known, and is as long, so that lengths agree."""

Kind = Literal["refuse", "either", "valid"]


@dataclass(frozen=True, slots=True)
class Case:
    """Bytes and what may become of them.

    `refuse`: no gateway should take it; `either`: taking and refusing are both fine; `valid`: it must be served.
    `policy` says why this gateway refuses something valid on purpose.
    """

    group: str
    name: str
    template: bytes
    kind: Kind = "either"
    policy: str = ""

    def data(self, number: int) -> bytes:
        """The bytes of the case when it is the `number`th."""
        return self.template.replace(MARK, b"%08x" % number)


def canary(number: int) -> bytes:
    """The harmless request that follows the case on its connection."""
    return b"GET /canary/%08x HTTP/1.1\r\nHost: canary.test\r\n\r\n" % number


def request(
    *fields: bytes,
    line: bytes = b"GET /case/" + MARK + b" HTTP/1.1",
    host: bytes = b"Host: a.test\r\n",
    body: bytes = b"",
) -> bytes:
    """A request's bytes; `fields` are whole lines without their end."""
    return line + b"\r\n" + host + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


POST = b"POST /case/" + MARK + b" HTTP/1.1"
HIDDEN = b"GET /hidden/" + MARK + b" HTTP/1.1\r\nHost: hidden.test\r\n\r\n"
"""A request inside the body of another, to be found by whoever reads the framing differently."""
