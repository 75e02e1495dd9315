"""R-14: the disk of the state directory, with database, snapshot and access log on it, fills up under traffic.

It needs the right to mount a small tmpfs (root, or `unshare --map-root-user --mount`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import subprocess
import tempfile
import urllib.error
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.processes import BenchmarkError
from benchmarks.reliability import mixed_load
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.trial import Result
from proxy.snapshot.store import SnapshotFile

MIB = 2**20


@contextlib.contextmanager
def small_disk(at: Path, mib: int) -> Iterator[None]:
    """A tmpfs of so many MiB."""
    at.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "tmpfs", str(at)], capture_output=True, check=False
    )
    if done.returncode:
        raise BenchmarkError(f"mount: {done.stderr.decode().strip()}; run this trial as root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


@contextlib.contextmanager
def no_file_grows(pids: Sequence[int]) -> Iterator[None]:
    """What a full disk is to these processes, for who may not mount one (RLIMIT_FSIZE, setrlimit(2)).

    Python ignores the signal, so each write ends with an error.
    """
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_soft, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def run(tries: int = 100) -> Result:
    """`tries` writes on the full disk, then room is made."""
    wrong: list[str] = []
    with (
        Instance("plain") as plain,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        small_disk(Path(directory) / "state", 8),
        Node(Path(directory), 2, {"GATEWAY_ACCESS_LOG": f"{directory}/state/access.log"}) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        snapshot = SnapshotFile(Path(directory) / "state" / "configuration.snapshot")
        seen, refused = asyncio.run(fill_and_write(node, snapshot, Path(directory) / "state" / "ballast", tries, wrong))
        node.route("/after/*", "/*")  # raises when a write is still refused
        noise = [line for line in node.log.splitlines() if "never retrieved" in line or "truncated" in line]
    text = f"{seen.answers} answers, {len(seen.failures)} failed {seen.failures[:3] or ''}; {refused} writes refused, "
    text += f"{len(wrong)} otherwise {wrong[:2] or ''}; the snapshot whole every time; written again with room; "
    text += f"{len(noise)} stray lines"
    passed = not (seen.failures or wrong or noise) and refused == tries
    must = "nothing fails, writes refused, the snapshot never cut short"
    return Result("R-14 disk full", f"{tries} writes on a full disk under 200 requests/s", must, text, passed)


async def fill_and_write(
    node: Node, snapshot: SnapshotFile, ballast: Path, tries: int, wrong: list[str]
) -> tuple[mixed_load.Seen, int]:
    """What the clients saw, and how many writes were refused."""
    refused = 0
    async with mixed_load.MixedLoad(node.port) as seen:
        await asyncio.sleep(1)
        revision = snapshot.read().revision
        for number in range(tries):
            await asyncio.to_thread(fill, ballast)
            told = await asyncio.to_thread(write, node, number)
            refused += told is None
            wrong += [told] if told else []
            if snapshot.read().revision != revision:  # raises when it is not whole
                wrong.append(f"write {number} changed the snapshot")
        await asyncio.to_thread(ballast.unlink)
        await asyncio.sleep(1)
    return seen, refused


def fill(ballast: Path) -> None:
    """Takes what room there is."""
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        for size in (MIB, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass


def write(node: Node, number: int) -> str | None:
    """None when it was refused as it must be."""
    try:
        node.route(f"/full/{number}", "/x", description="x" * 500)
    except urllib.error.HTTPError as error:
        told = json.load(error)
        return None if (error.code, told["code"]) == (503, "F50300") else f"{error.code} {told}"
    except OSError as error:
        return repr(error)
    return "acknowledged"
