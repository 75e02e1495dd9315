"""R-09: hundreds of clients that dribble a head, dribble a body or never take their answer, beside normal traffic.

Attackers, normal clients and the instances of both are processes of their own, so that only the gateway is shared, and
the machine: what that alone does to a client, one tells that asks the instance of the normal ones directly.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability import mixed_load
from benchmarks.reliability.node import Instance, Node, descriptors, resident_mib
from benchmarks.reliability.slow_attackers import KINDS, lives_of
from benchmarks.reliability.steady_client import Pace, SteadyClient
from benchmarks.reliability.trial import Result

TIMES = {"GATEWAY_HEADER_TIMEOUT_SECONDS": "5", "GATEWAY_BODY_TIMEOUT_SECONDS": "5"}
ROUTE_SECONDS = 5
ALLOWED_SECONDS = 5 + 2
"""From the moment an attacker connects, or stops taking its answer, until it is cut off."""


@dataclass
class Attack:
    """What came of it: p99 in ms, seconds, MiB."""

    calm: float = 0.0
    busy: dict[str, float] = field(default_factory=dict)
    """By kind of attack; `all` for the whole of it."""
    lives: dict[str, list[float]] = field(default_factory=dict)
    """How long each attacker of a kind lived."""
    machine: Pace = field(default_factory=Pace)
    leaked: int = 0
    memory: float = 0.0
    """The worker's, at most, beyond that before."""


def run(attackers: int = 500, calm_seconds: float = 20.0) -> Result:
    """`attackers` of each kind in turn, and 50 normal requests a second all the time."""
    with (
        Instance("plain") as plain,
        Instance("attacked", "modest_upstream") as victim,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        Node(Path(directory), 1, TIMES) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        node.instance("attacked", victim.port, service_name="attacked")  # so that only the gateway is shared
        node.route("/slow/*", "/*", service_name="attacked", timeout_seconds=ROUTE_SECONDS)
        seen, attack = asyncio.run(attacked(node, plain.port, attackers, calm_seconds))
        noise = node.tracebacks()
    return judged(seen, attack, noise, attackers)


def judged(seen: mixed_load.Seen, attack: Attack, noise: list[str], attackers: int) -> Result:
    """The row of the table."""
    slowest = {kind: max(times) for kind, times in attack.lives.items()}
    busy = attack.busy["all"]
    text = f"{seen.answers} answers, {len(seen.failures)} failed {seen.failures[:3] or ''}; p99 {busy:.1f} ms, "
    text += f"{attack.calm:.1f} ms without attackers; "
    text += "; ".join(
        f"{kind}: p99 {attack.busy[kind]:.1f} ms, cut off after {seconds:.1f} s" for kind, seconds in slowest.items()
    )
    text += (
        f"; the instance asked directly meanwhile {attack.machine.p99_ms:.1f} ms; worker {attack.memory:+.0f} MiB at "
    )
    text += f"most; {attack.leaked} descriptors more (kept-alive upstream connections); {len(noise)} tracebacks"
    passed = not (seen.failures or noise) and attack.leaked <= mixed_load.CONNECTIONS
    passed = passed and max(slowest.values()) <= ALLOWED_SECONDS and busy <= max(2 * attack.calm, attack.calm + 10)
    done = f"{attackers} × slow head, body and reading; 50 requests/s beside"
    must = "nothing fails, p99 at most twice as long or 10 ms more, "
    must += f"each cut off within {ALLOWED_SECONDS} s, nothing left"
    return Result("R-09 slow attacks", done, must, text, passed)


async def attacked(node: Node, plain: int, attackers: int, calm_seconds: float) -> tuple[mixed_load.Seen, Attack]:
    """What normal clients saw, and what else came of it."""
    (pid,) = node.workers()
    attack, starts = Attack(), list[float]()
    with contextlib.ExitStack() as stack:
        async with mixed_load.MixedLoad(node.port, rate=50, tunnels=0, streams=0) as seen:
            await asyncio.sleep(2)
            files, calm = descriptors(pid), time.monotonic()
            await asyncio.sleep(calm_seconds)
            machine = stack.enter_context(SteadyClient(plain, "/name"))
            await asyncio.sleep(1)
            watch = asyncio.create_task(most_memory(pid, attack))
            for kind in KINDS:
                starts.append(time.monotonic())
                attack.lives[kind] = await lives_of(node.port, kind, attackers)
            starts.append(time.monotonic())
            watch.cancel()
            await asyncio.sleep(3)
            attack.leaked = descriptors(pid) - files
    attack.machine = machine.pace
    attack.calm, attack.busy = seen.p99_ms(calm, calm + calm_seconds), {"all": seen.p99_ms(starts[0], starts[-1])}
    for kind, since, until in zip(KINDS, starts, starts[1:], strict=False):
        attack.busy[kind] = seen.p99_ms(since, until)
    return seen, attack


async def most_memory(pid: int, attack: Attack) -> None:
    """Ten times a second."""
    before = resident_mib(pid)
    while True:
        attack.memory = max(attack.memory, resident_mib(pid) - before)
        await asyncio.sleep(0.1)
