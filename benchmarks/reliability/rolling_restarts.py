"""R-02b: all workers are replaced, again and again, under steady traffic; nothing fails."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.reliability import mixed_load
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.trial import Result

DONE = "every worker has been replaced"
GRACEFUL = {"going away", "left open"}


def run(restarts: int = 20, workers: int = 2) -> Result:
    """`restarts` times `manage.py gateway restart`, each after the one before has ended."""
    with (
        Instance("plain") as plain,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        Node(Path(directory), workers) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        seen, seconds = asyncio.run(restart_under_load(node, restarts))
        noise = node.tracebacks()
    abrupt = {how: count for how, count in seen.tunnels.items() if how not in GRACEFUL}
    broken = {how: count for how, count in seen.streams.items() if how != "whole"}
    text = (
        f"{seen.answers} answers, {len(seen.failures)} failed {seen.failures[:3] or ''}; {seen.tunnels['going away']} "
    )
    text += f"tunnels told 1001, {abrupt or 'none'} otherwise ended; {seen.streams['whole']} event streams whole, "
    text += f"{broken or 'none'} cut; a restart of {workers} workers in {seconds / restarts:.1f} s; "
    text += f"p99 {seen.p99_ms():.0f} ms; {len(noise)} tracebacks"
    passed = not (seen.failures or abrupt or broken or noise)
    must = "no request fails, tunnels end with 1001, streams end whole"
    return Result("R-02b rolling restarts", f"{restarts} restarts under 200 requests/s", must, text, passed)


async def restart_under_load(node: Node, restarts: int) -> tuple[mixed_load.Seen, float]:
    """What the clients saw, and the seconds all restarts took."""
    took = 0.0
    async with mixed_load.MixedLoad(node.port) as seen:
        for number in range(1, restarts + 1):
            await asyncio.sleep(1)
            began = time.monotonic()
            await asyncio.to_thread(node.manage, "gateway", "restart")
            while node.log.count(DONE) < number:
                if time.monotonic() - began > 120:
                    raise RuntimeError(node.log[-2000:])
                await asyncio.sleep(0.05)
            took += time.monotonic() - began
        await asyncio.sleep(4)
    return seen, took


if __name__ == "__main__":
    print(run(3))
