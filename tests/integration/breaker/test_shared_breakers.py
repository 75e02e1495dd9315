"""Processes that share the breakers of a service: one state, and probes exactly as many as allowed (G-360, R-23)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proxy.breaker.circuit_breaker import Phase
from proxy.breaker.rules import ByHand, board_key, decode
from proxy.node.counter_directory import counter_directory
from proxy.state.board import Board
from proxy.state.boards import board_in
from services.spec import BreakerSpec

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 4
WORKER = """
import json, sys, time
from proxy.breaker.rules import Settlement
from proxy.breaker.service_breakers import ServiceBreakers
from proxy.state.boards import board_in
from services.spec import BreakerSpec, ServiceSpec

policy = BreakerSpec(**json.loads(sys.argv[2]))
breakers = ServiceBreakers(ServiceSpec(id="s", name="s", breaker=policy), board_in(sys.argv[1]))
held = []
print("ready", flush=True)
for line in sys.stdin:
    order, number = line.split()
    now = time.monotonic()
    if order == "admit":
        got = [breakers.admit("i", time.monotonic(), now + float(sys.argv[3])) for _ in range(int(number))]
        held += [ticket for ticket in got if ticket]
        print(sum(ticket is not None for ticket in got), flush=True)
    else:
        count = len(held) if order == "success" else int(number)
        for _ in range(count):
            ticket = held.pop() if held else breakers.admit("i", now, now + 5)
            breakers.settle((Settlement("i", ticket, order),), time.monotonic())
        print(count, flush=True)
"""


class Worker:
    """A process that asks and tells as it is ordered."""

    def __init__(self, directory: str, policy: dict, loan_seconds: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, directory, json.dumps(policy), str(loan_seconds)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip

    def begin(self, order: str, number: int = 0) -> None:
        self.process.stdin.write(f"{order} {number}\n")

    def answer(self) -> str:
        return self.process.stdout.readline().strip()

    def done(self, order: str, number: int = 0) -> int:
        self.begin(order, number)
        return int(self.answer())


@pytest.fixture
def group(tmp_path: Path):
    started: list[Worker] = []
    with counter_directory(tmp_path) as directory:
        board = board_in(directory)

        def start(loan_seconds: float = 30.0, **policy: float) -> tuple[list[Worker], Board]:
            workers = [Worker(directory, policy, loan_seconds) for _ in range(WORKERS)]
            started.extend(workers)
            assert [worker.answer() for worker in workers] == ["ready"] * WORKERS
            return workers, board

        yield start
        for worker in started:
            worker.process.kill()
            worker.process.communicate()
        board.close()


def phase_on(board: Board) -> Phase:
    return decode(board.read(board_key("s")))["i"].phase


def admitted_at_once(workers: list[Worker], each: int) -> int:
    for worker in workers:
        worker.begin("admit", each)
    return sum(int(worker.answer()) for worker in workers)


@pytest.mark.parametrize("probes", [1, 3, 7])
def test_r23_four_processes_that_ask_at_once_get_exactly_the_probes(group, probes: int) -> None:
    workers, board = group(max_failures=4, open_seconds=1.0, half_open_requests=probes)
    for _ in range(4):
        assert sum(worker.done("failure", 1) for worker in workers) == 4, "one failure each opens it"
        assert phase_on(board) is Phase.OPEN
        assert workers[0].done("admit", 50) == 0
        time.sleep(1.01)
        assert admitted_at_once(workers, 300) == probes
        assert sum(worker.done("success") for worker in workers) == probes
        assert phase_on(board) is Phase.CLOSED


def test_r23_probes_of_a_killed_process_are_lent_again_when_their_loans_end(group) -> None:
    workers, board = group(loan_seconds=3.0, max_failures=1, open_seconds=0.05, half_open_requests=2)
    doomed, *others = workers
    doomed.done("failure", 1)
    time.sleep(0.06)
    assert doomed.done("admit", 5) == 2
    doomed.process.kill()
    assert admitted_at_once(others, 50) == 0
    time.sleep(3.0)
    assert admitted_at_once(others, 50) == 2
    assert sum(worker.done("success") for worker in others) == 2
    assert phase_on(board) is Phase.CLOSED


def test_g360_by_hand_every_process_obeys_at_once(group) -> None:
    workers, board = group(max_failures=BreakerSpec().max_failures)
    for action, passing in (("open", 0), ("close", 40), ("open", 0), ("reset", 40)):
        board.change(board_key("s"), ByHand("i", action), time.monotonic())
        assert admitted_at_once(workers, 10) == passing
