"""R-09: hundreds of clients that dribble a head, dribble a body or never take their answer, beside normal traffic."""

from __future__ import annotations

import asyncio
import select
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.reliability import mixed_load
from benchmarks.reliability.node import Instance, Node, descriptors
from benchmarks.reliability.trial import Result

TIMES = {"GATEWAY_HEADER_TIMEOUT_SECONDS": "5", "GATEWAY_BODY_TIMEOUT_SECONDS": "5"}
ROUTE_SECONDS = 5
ALLOWED_SECONDS = 5 + 2
"""From the moment an attacker connects, or stops taking its answer, until it is cut off."""
HEAD = b"GET /slow/name HTTP/1.1\r\nHost: t\r\n"
BODY = b"POST /slow/up HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n"
READ = b"GET /slow/down/50000000 HTTP/1.1\r\nHost: t\r\n\r\n"
PATIENCE_SECONDS = 30.0


def run(attackers: int = 500, calm_seconds: float = 20.0) -> Result:
    """`attackers` of each kind in turn, and 50 normal requests a second all the time."""
    with (
        Instance("plain") as plain,
        Instance("attacked") as victim,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        Node(Path(directory), 1, TIMES) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        node.instance("attacked", victim.port, service_name="attacked")  # so that only the gateway is shared
        node.route("/slow/*", "/*", service_name="attacked", timeout_seconds=ROUTE_SECONDS)
        (pid,) = node.workers()
        seen, lives, calm, busy, leaked = asyncio.run(attacked(node.port, pid, attackers, calm_seconds))
        noise = node.tracebacks()
    slowest = {kind: max(times) for kind, times in lives.items()}
    text = f"{seen.answers} answers, {len(seen.failures)} failed {seen.failures[:3] or ''}; p99 {busy:.1f} ms, "
    text += f"{calm:.1f} ms without attackers; cut off after "
    text += ", ".join(f"{seconds:.1f} s ({kind})" for kind, seconds in slowest.items())
    text += f"; {leaked} descriptors more (kept-alive upstream connections); {len(noise)} tracebacks"
    passed = (
        not (seen.failures or noise) and max(slowest.values()) <= ALLOWED_SECONDS and leaked <= mixed_load.CONNECTIONS
    )
    passed = passed and busy <= max(2 * calm, calm + 10)
    done = f"{attackers} × slow head, body and reading; 50 requests/s beside"
    must = f"nothing fails, p99 at most twice as long, each cut off within {ALLOWED_SECONDS} s, nothing left"
    return Result("R-09 slow attacks", done, must, text, passed)


async def attacked(
    port: int, pid: int, attackers: int, calm_seconds: float
) -> tuple[mixed_load.Seen, dict[str, list[float]], float, float, int]:
    """What normal clients saw, how long each attacker lived, both p99 in ms, and descriptors left over."""
    lives: dict[str, list[float]] = {}
    async with mixed_load.MixedLoad(port, rate=50, tunnels=0, streams=0) as seen:
        await asyncio.sleep(2)
        before, began = descriptors(pid), time.monotonic()
        await asyncio.sleep(calm_seconds)
        attack = time.monotonic()
        for kind, attacker in (("head", dribble(HEAD)), ("body", dribble(BODY)), ("reading", take_nothing)):
            lives[kind] = await asyncio.gather(*(attacker(port) for _ in range(attackers)))
        ended = time.monotonic()
        await asyncio.sleep(3)
        leaked = descriptors(pid) - before
    return seen, lives, seen.p99_ms(began, attack), seen.p99_ms(attack, ended), leaked


def dribble(start: bytes) -> Callable[[int], Awaitable[float]]:
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
