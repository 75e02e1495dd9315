"""Attackers in a process of their own: `python -m benchmarks.reliability.slow_attackers PORT KIND COUNT`.

They come all at once, and are slow in one of three ways: they dribble a head, dribble a body, or never take their
answer. Printed is how long each lived, seconds, in order.
"""

from __future__ import annotations

import asyncio
import select
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from benchmarks.peers.peer import ROOT

HEAD = b"GET /slow/name HTTP/1.1\r\nHost: t\r\n"
BODY = b"POST /slow/up HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n"
READ = b"GET /slow/down/50000000 HTTP/1.1\r\nHost: t\r\n\r\n"
PATIENCE_SECONDS = 30.0

Attacker = Callable[[int], Awaitable[float]]


async def lives_of(port: int, kind: str, count: int) -> list[float]:
    """How long each of `count` attackers lived, seconds."""
    command = [sys.executable, "-m", "benchmarks.reliability.slow_attackers", str(port), kind, str(count)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    told, _ = await process.communicate()
    return [float(word) for word in told.split()]


def dribble(start: bytes) -> Attacker:
    """An attacker that sends `start` and then a byte a second; the seconds until it is cut off."""

    async def attacker(port: int) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began = time.monotonic()
        writer.write(start)
        answer = asyncio.create_task(reader.read())
        while not answer.done() and time.monotonic() - began < PATIENCE_SECONDS:
            writer.write(b"x")
            await asyncio.wait([answer], timeout=1)
        answer.cancel()
        writer.close()
        return time.monotonic() - began

    return attacker


async def take_nothing(port: int) -> float:
    """An attacker that asks for fifty megabytes and takes none of them; the seconds until it is cut off."""
    with socket.socket() as sock:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        began = time.monotonic()
        sock.send(READ)
        gone = select.poll()
        gone.register(sock, 0)  # a reset is told unasked
        for _ in range(int(PATIENCE_SECONDS * 10)):
            if gone.poll(0):
                break
            await asyncio.sleep(0.1)
        return time.monotonic() - began


KINDS: dict[str, Attacker] = {"head": dribble(HEAD), "body": dribble(BODY), "reading": take_nothing}


async def main(port: int, kind: str, count: int) -> None:
    """Attacks until the last is cut off."""
    print(*sorted(await asyncio.gather(*(KINDS[kind](port) for _ in range(count)))))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
