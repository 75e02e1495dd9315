"""R-05: every hostile answer through a whole node, while another route is asked at an even pace."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from benchmarks.reliability.hostile_answers import CASES
from benchmarks.reliability.hostile_asking import faults_of
from benchmarks.reliability.hostile_upstream import HostileUpstream, hostile_upstream
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.steady_client import Pace, SteadyClient
from benchmarks.reliability.trial import Result

AT_ONCE = 8
NEVER_GIVEN_UP = (
    "from services.models import Service\n"
    "Service.objects.filter(name='hostile').update(breaker_max_failures=10_000, eject_after=None)\n"
    "row = Service.objects.get(name='hostile')\n"
    "row.save()\n"
)
"""So that every case is met: the breaker would have refused most of them."""
MORE_BY = 1.5
LEAST_MS = 5.0
"""A 99th percentile below this is not held against another: the machine alone makes it vary as much."""


def run(rounds: int = 1) -> Result:
    """All cases, with an upstream that stays and one that closes, `rounds` times, and another route meanwhile."""
    with tempfile.TemporaryDirectory() as name, Node(Path(name), 1) as node, Instance("steady") as steady:
        pids = node.workers()
        faults, before, during, machine = asyncio.run(through_node(node, steady, rounds))
        same = pids == node.workers()
        noise = sum("Traceback" in line or "never retrieved" in line for line in node.log.splitlines())
    slower = during.p99_ms / max(before.p99_ms, machine.p99_ms, LEAST_MS)
    seen = f"{told(faults)}; other route: p99 {before.p99_ms:.1f} ms before, {during.p99_ms:.1f} ms meanwhile, "
    seen += f"its instance asked directly {machine.p99_ms:.1f} ms meanwhile; "
    seen += f"{during.failures} of {during.answers} failed; {noise} tracebacks"
    passed = not faults and same and not noise and not during.failures and slower <= MORE_BY
    must = f"none looks whole, none kept, no connection used again, other routes' p99 ≤ {MORE_BY} ×"
    return Result("R-05 hostile upstreams", f"{len(CASES)} bad answers × 2 × {2 * rounds}", must, seen, passed)


async def through_node(node: Node, steady: Instance, rounds: int) -> tuple[dict[str, list[str]], Pace, Pace, Pace]:
    """Faults by case; the pace of the other route before and during, and without the gateway during.

    The last tells what the machine alone does to a client, whose cores the hostile upstream shares.
    """
    async with hostile_upstream() as upstream:
        await asyncio.to_thread(arrange, node, upstream.port)
        await asyncio.to_thread(node.instance, "steady", steady.port)
        await asyncio.to_thread(node.route, "/steady/*", "/*")
        with SteadyClient(node.port, "/steady/x") as calm:
            await asyncio.sleep(5)
        with SteadyClient(node.port, "/steady/x") as client, SteadyClient(steady.port, "/x") as direct:
            faults: dict[str, list[str]] = {}
            for _ in range(rounds):
                faults |= await all_faults(upstream, node.port)
        return faults, calm.pace, client.pace, direct.pace


def arrange(node: Node, hostile: int) -> None:
    """The service, and a policy that never gives it up."""
    node.instance("hostile", hostile, service_name="hostile")
    node.route("/hostile/*", "/*", service_name="hostile", cache_enabled=True, timeout_seconds=1, retry_count=0)
    node.manage("shell", "-c", NEVER_GIVEN_UP)
    time.sleep(1.5)


async def all_faults(upstream: HostileUpstream, port: int) -> dict[str, list[str]]:
    """What was wrong, by case; each case's two manners one after the other."""
    found: dict[str, list[str]] = {}
    waiting = iter(CASES.values())

    async def client() -> None:
        for case in waiting:
            for manner in ("kept", "closed"):
                faults = await faults_of(case, manner, upstream, port)
                if faults:
                    found[f"{case.name} {manner}"] = faults

    await asyncio.gather(*[client() for _ in range(AT_ONCE)])
    if found and os.environ.get("GATEWAY_TRIAL_SHOWS_FAULTS"):
        print(*[f"{name}: {faults}" for name, faults in sorted(found.items())], sep="\n")
    return found


def told(faults: dict[str, list[str]]) -> str:
    """The figures of one gateway."""
    names = sorted(faults)
    examples = f" ({', '.join(names[:4])}{', …' if len(names) > 4 else ''})" if names else ""
    return f"{len(faults)} of {2 * len(CASES)} relayed wrongly{examples}"
