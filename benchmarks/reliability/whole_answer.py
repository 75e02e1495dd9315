"""Whether an answer, as bytes on a socket, is whole: a reader of the trials' own, so that nobody judges himself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

Ending = Literal["whole", "cut", "left", "silent", "broken"]


@dataclass
class Seen:
    """One final answer; status 0 when none came.

    `left`: the reader had enough of its body; `silent`: it hung; `broken`: what came has no head.
    """

    status: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ending: Ending = "cut"

    @property
    def keeps_alive(self) -> bool:
        """Whether another request may follow on the connection."""
        return self.ending == "whole" and "close" not in self.fields.get("connection", "")


async def read_answer(reader: asyncio.StreamReader, method: str, most: int, seconds: float) -> Seen:
    """The next final answer, up to `most` bytes of its body, within `seconds`."""
    seen = Seen()
    try:
        async with asyncio.timeout(seconds):
            await _read(reader, method, most, seen)
    except TimeoutError:
        seen.ending = "silent"
    except LookupError:
        seen.ending = "broken"
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        seen.ending = "cut"
    return seen


async def _read(reader: asyncio.StreamReader, method: str, most: int, seen: Seen) -> None:
    while not seen.status:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status >= 200 or status == 101:
            seen.status = status
            seen.fields = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
            }
    if method == "HEAD" or seen.status in (204, 304):
        seen.ending = "whole"
    elif seen.fields.get("transfer-encoding", "").lower() == "chunked":
        await _chunks(reader, most, seen)
    else:
        await _plain(reader, most, seen)


async def _plain(reader: asyncio.StreamReader, most: int, seen: Seen) -> None:
    """By Content-Length, or until the connection is closed in peace."""
    length = int(seen.fields["content-length"]) if "content-length" in seen.fields else -1
    while len(seen.body) != length:
        data = await reader.read(min(2**18, length - len(seen.body)) if length >= 0 else 2**18)
        seen.body += data
        if not data and length >= 0:
            raise ConnectionError
        if not data:
            break
        if len(seen.body) > most:
            seen.ending = "left"
            return
    seen.ending = "whole"


async def _chunks(reader: asyncio.StreamReader, most: int, seen: Seen) -> None:
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        seen.body += await reader.readexactly(size)
        await reader.readexactly(2)
        if len(seen.body) > most:
            seen.ending = "left"
            return
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    seen.ending = "whole"
