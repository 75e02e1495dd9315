"""R-06: three instances, one of them crashing, freezing, resetting or mute at any time, under GETs and POSTs."""

from __future__ import annotations

import asyncio
import collections
import itertools
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.peer import ROOT
from benchmarks.processes import free_port
from benchmarks.reliability.node import Node
from benchmarks.reliability.trial import Result

KINDS = ("crash", "freeze", "reset", "mute")
BREAKS_AT_ONCE = ("crash", "reset")
FAULT_SECONDS = 2.5
PERIOD_SECONDS = 5.0
REQUESTS_A_SECOND = 200
CLIENTS = 50
POSTS = 0.2
CHECK_SECONDS = 1
POLICY = (
    "from services.models import Service\n"
    "row = Service.objects.get(name='trial')\n"
    "row.breaker_open_seconds = 2.0\n"
    "row.eject_seconds = 1.0\n"
    "row.health_healthy_after = 1\n"
    "row.connect_timeout_seconds = 0.5\n"
    "row.answer_timeout_seconds = 0.5\n"
    "row.save()\n"
)


class Faulty:
    """One upstream process, and what can befall it."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.port = free_port()
        self.ledger = directory / f"{name}.ledger"
        self.start()

    def start(self) -> None:
        """Begins, and waits until it listens."""
        command = [sys.executable, "-m", "benchmarks.reliability.faulty_upstream"]
        self._process = subprocess.Popen(
            [*command, str(self.port), self.name, str(self.ledger)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _order(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def begin(self, kind: str) -> None:
        """Something befalls it."""
        if kind == "crash":
            self._process.kill()
        elif kind == "freeze":
            self._process.send_signal(signal.SIGSTOP)
        else:
            self._order(kind)

    def end(self, kind: str) -> None:
        """It is well again."""
        if kind == "crash":
            self.close()
            self.start()
        elif kind == "freeze":
            self._process.send_signal(signal.SIGCONT)
        else:
            self._order("well")

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()


@dataclass
class Fault:
    """What befell which instance, and when."""

    kind: str
    name: str
    begins: float
    ends: float = 0.0
    back: float = 0.0
    """When it answered first after its end."""
    last_failure: float = 0.0
    """When the last request began that it cost."""


@dataclass
class Tally:
    """What the clients saw."""

    answers: collections.Counter[str] = field(default_factory=collections.Counter)
    """By method and whether it went well."""
    failures: collections.Counter[str] = field(default_factory=collections.Counter)
    """By method, kind of fault and status."""
    faults: list[Fault] = field(default_factory=list)
    running: set[str] = field(default_factory=set)

    def answered(self, method: str, began: float, status: int, body: bytes) -> None:
        """One answer to a request that began then; status 0 is a broken connection."""
        fault = self.faults[-1] if self.faults else None
        if status == 200:
            self.answers[f"{method} well"] += 1
            name = body.decode()
            if fault and fault.name == name and fault.ends and not fault.back:
                fault.back = time.monotonic()
            return
        self.answers[f"{method} lost"] += 1
        self.failures[f"{method} {fault.kind if fault else 'none'} {status}"] += 1
        if fault:
            fault.last_failure = began

    def lost(self, method: str, kinds: tuple[str, ...]) -> int:
        """Failures of a method while such faults were the last."""
        keys = [key.split() for key in self.failures]
        return sum(self.failures[" ".join(key)] for key in keys if key[0] == method and key[1] in kinds)


def run(seconds: float = 600.0, workers: int = 2) -> Result:
    """A fault every five seconds, each kind in turn, at each instance in turn."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        upstreams = [Faulty(letter, directory) for letter in "abc"]
        try:
            with Node(directory, workers, {"GATEWAY_MIN_HEALTH_INTERVAL": str(CHECK_SECONDS)}) as node:
                arrange(node, upstreams)
                tally, sent = asyncio.run(trouble(node.port, upstreams, seconds))
                retries = retried(node.port)
            ledger = collections.Counter(line for one in upstreams for line in one.ledger.read_text().split())
        finally:
            for upstream in upstreams:
                upstream.close()
    return judged(tally, sent, retries, ledger, seconds)


def arrange(node: Node, upstreams: list[Faulty]) -> None:
    """The instances with checks, the routes, and a policy that judges within seconds."""
    for one in upstreams:
        node.instance(one.name, one.port, health_check_url="/health", health_check_interval_seconds=CHECK_SECONDS)
    node.route("/deaths/*", "/*", timeout_seconds=3, load_balance_strategy="least_connections")
    node.manage("shell", "-c", POLICY)
    time.sleep(2.0)


async def trouble(port: int, upstreams: list[Faulty], seconds: float) -> tuple[Tally, int]:
    """Clients at an even pace while things befall the instances; what they saw and how many requests they sent."""
    tally, ends, numbers = Tally(), time.monotonic() + seconds, itertools.count()
    clients = [asyncio.create_task(client(port, ends, tally, numbers, random.Random(one))) for one in range(CLIENTS)]
    for kind, upstream in zip(itertools.cycle(KINDS), itertools.cycle(upstreams), strict=False):
        await asyncio.sleep(PERIOD_SECONDS - FAULT_SECONDS)
        if time.monotonic() + FAULT_SECONDS > ends:
            break
        tally.faults.append(fault := Fault(kind, upstream.name, time.monotonic()))
        await asyncio.to_thread(upstream.begin, kind)
        await asyncio.sleep(FAULT_SECONDS)
        await asyncio.to_thread(upstream.end, kind)
        fault.ends = time.monotonic()
    await asyncio.gather(*clients)
    return tally, next(numbers)


async def client(port: int, ends: float, tally: Tally, numbers: itertools.count[int], chance: random.Random) -> None:
    """One kept-alive connection, four requests a second, a fifth of them POSTs in no order that faults keep to."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic() + next(numbers) % CLIENTS / REQUESTS_A_SECOND
    while (due := due + CLIENTS / REQUESTS_A_SECOND) < ends:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        number, began = next(numbers), time.monotonic()
        method, body = ("POST", b"%d" % number) if chance.random() < POSTS else ("GET", b"")
        writer.write(
            b"%b /deaths/x HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n%b" % (method.encode(), len(body), body)
        )
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            answer = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            tally.answered(method, began, int(head[9:12]), answer)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            tally.answered(method, began, 0, b"")
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def retried(port: int) -> int:
    """What the node says it has sent again."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": "text/plain"})
    with urllib.request.urlopen(request, timeout=15) as response:
        lines = response.read().decode().splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith("gateway_upstream_retries_total"))


def judged(tally: Tally, sent: int, again: int, ledger: collections.Counter[str], seconds: float) -> Result:
    """The row of the table."""
    gets = tally.answers["GET well"] + tally.answers["GET lost"]
    at_once, slow = tally.lost("GET", BREAKS_AT_ONCE), tally.lost("GET", ("freeze", "mute"))
    duplicates = sum(1 for count in ledger.values() if count > 1)
    out = max((fault.last_failure - fault.begins for fault in tally.faults if fault.last_failure), default=0.0)
    back = max((fault.back - fault.ends for fault in tally.faults if fault.back), default=0.0)
    never = sum(1 for fault in tally.faults[:-1] if not fault.back)
    seen = (
        f"{gets} GETs, {at_once} lost to crash and reset, "
        f"{slow} to freeze and mute ({100 * slow / max(gets, 1):.2f} %); "
        f"{tally.answers['POST well'] + tally.answers['POST lost']} POSTs, {duplicates} duplicates, "
        f"{tally.answers['POST lost']} lost {dict(tally.failures)}; sent again {100 * again / max(sent, 1):.2f} %; "
        f"the last lost began {out:.1f} s after its fault, answering again {back:.1f} s after it ended, {never} never"
    )
    kept = at_once == 0 and slow <= 0.001 * gets and gets > 0
    passed = kept and duplicates == 0 and again <= 0.2 * sent and out <= 3.0 and not never
    must = "no GET lost to crash or reset, at most 0.1 % to freezes, no POST twice, retries ≤ 20 %, out within 3 s"
    return Result(
        "R-06 upstream deaths",
        f"3 instances, {REQUESTS_A_SECOND} requests/s, {seconds:.0f} s, {len(tally.faults)} faults",
        must,
        seen,
        passed,
    )
