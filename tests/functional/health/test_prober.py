"""The prober over a board of its own: how soon a state flips, what a new configuration and a new prober change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from proxy.health.checked import Health, health_key
from proxy.health.prober import Prober
from proxy.snapshot.configuration import Configuration
from proxy.state.own_board import OwnBoard
from proxy.transport.target_guard import TargetGuard
from services.spec import HealthSpec, InstanceSpec, ServiceSpec
from tests.common.scripted_upstream import Connection, ok, scripted


class Patient:
    """An upstream that is well or not, and counts how often it was asked."""

    def __init__(self) -> None:
        self.is_well = True
        self.asked = 0

    async def script(self, connection: Connection) -> None:
        await connection.read_head()
        self.asked += 1
        await connection.send(ok() if self.is_well else b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")


def configuration(*ports: int, **health: float) -> Configuration:
    """A service whose instances `0`, `1`, … are checked every second."""
    instances = tuple(
        InstanceSpec(
            id=str(number),
            instance_id=str(number),
            scheme="http",
            host="127.0.0.1",
            port=port,
            health_check_path="/health",
            health_check_interval_seconds=1,
        )
        for number, port in enumerate(ports)
    )
    policy = HealthSpec(**health)  # type: ignore[arg-type]
    return Configuration(revision=1, services=(ServiceSpec(id="s", name="s", instances=instances, health=policy),))


@asynccontextmanager
async def probing(board: OwnBoard, wanted: Configuration, spread: float = 0.0) -> AsyncIterator[Prober]:
    prober = Prober(board, lambda _instance_id, _at: None, lambda: spread, TargetGuard(()))
    prober.apply(wanted)
    try:
        yield prober
    finally:
        await prober.close()


def is_healthy(board: OwnBoard, key: str = "0") -> bool:
    return Health.decode(board.read(health_key(key))).is_healthy


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> float:
    """How long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def test_g208_r06_out_and_back_within_two_intervals() -> None:
    patient, board = Patient(), OwnBoard()
    async with scripted(patient.script) as upstream, probing(board, configuration(upstream.port)):
        await until(lambda: patient.asked == 1)
        for is_well in (False, True):
            patient.is_well, before = is_well, patient.asked
            await until(lambda wanted=is_well: is_healthy(board) is wanted)
            assert patient.asked - before <= 4, "two, and those that begin while a busy machine reads the answers"


async def test_g208_an_instance_that_is_well_is_asked_once_an_interval_and_the_board_left_alone() -> None:
    patient, board = Patient(), OwnBoard()
    async with scripted(patient.script) as upstream, probing(board, configuration(upstream.port)):
        await until(lambda: patient.asked == 1)
        assert await until(lambda: patient.asked == 3) > 1.9
        assert board.version() == 0


async def test_g208_a_new_prober_goes_on_where_the_old_one_was_stopped() -> None:
    patient, board = Patient(), OwnBoard()
    patient.is_well = False
    async with scripted(patient.script) as upstream:
        wanted = configuration(upstream.port)
        while patient.asked < 3:
            so_far = patient.asked
            async with probing(board, wanted):
                known = board.version()
                await until(lambda so_far=so_far, known=known: patient.asked > so_far and board.version() > known)
        assert not is_healthy(board)


async def test_g208_a_new_configuration_disturbs_only_what_it_changes() -> None:
    kept, removed, board = Patient(), Patient(), OwnBoard()
    async with scripted(kept.script) as one, scripted(removed.script) as other:
        wanted = configuration(one.port, other.port)
        async with probing(board, wanted) as prober:
            await until(lambda: kept.asked == removed.asked == 1)
            service = wanted.services[0]
            prober.apply(replace(wanted, services=(replace(service, instances=service.instances[:1]),)))
            assert await until(lambda: kept.asked == 2) > 0.5, "not at once"
            await until(lambda: kept.asked == 3)
            assert removed.asked == 1


async def test_g208_first_checks_are_spread_but_come_within_a_second() -> None:
    patient, board = Patient(), OwnBoard()
    async with scripted(patient.script) as upstream, probing(board, configuration(upstream.port), spread=0.6):
        assert 0.5 < await until(lambda: patient.asked == 1) < 10
