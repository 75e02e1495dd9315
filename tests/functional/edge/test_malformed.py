"""R-03, the short form: every listed attack and some mutations, each with a canary behind it (F1 to F7, H6 to H8, F17).

The long form is `python -m benchmarks.reliability malformed-requests`, whose lists and judgement these are.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from benchmarks.reliability.malformed import framing, heads, valid
from benchmarks.reliability.malformed.asking import Heard, ask
from benchmarks.reliability.malformed.case import Case
from benchmarks.reliability.malformed.judgement import Judgement, judge
from benchmarks.reliability.malformed.mutation import mutated
from benchmarks.reliability.malformed.recorder import Record, Recorder
from tests.common.edge_gateway import edge_gateway, route, service

PATIENCE = 3.0
"""Seconds of silence that are taken for waiting: other tests share the machine."""
LISTED = [*framing.cases(), *heads.cases()]
VALID = list(valid.cases())


async def judged(cases: Sequence[Case]) -> Judgement:
    """What came of the cases, a dozen at once."""
    heard, record = await heard_of(cases)
    return judge(cases, heard, record)


async def heard_of(cases: Sequence[Case], cuts: Sequence[Sequence[int]] = ()) -> tuple[list[Heard], Record]:
    """What clients and upstream got, each case cut where `cuts` say."""
    heard: list[Heard] = [Heard()] * len(cases)
    numbers = iter(range(len(cases)))
    async with (
        Recorder() as recorder,
        edge_gateway(route(retry_count=0, rate_limit_rpm=None), services=(service(recorder.port),)) as gateway,
    ):

        async def run() -> None:
            for number in numbers:
                heard[number] = await ask(
                    gateway.port, cases[number], number, cuts=cuts[number] if cuts else (), patience=PATIENCE
                )

        await asyncio.gather(*[run() for _ in range(12)])
        return heard, recorder.record


async def test_r03_no_listed_attack_gets_anything_past_the_edge():
    found = await judged(LISTED)
    assert not found.faults, found.examples
    assert found.taken == [f"spelling CL.TE in another value {odd}" for odd in ("09", "20", "a0", "ff")]
    assert set(found.statuses) <= {200, 400, 405, 414, 417, 431, 501, 505}


async def test_r03_what_is_valid_is_served():
    found = await judged(VALID)
    assert not found.faults, found.examples
    assert found.refused_valid == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_r03_no_mutation_gets_anything_past_the_edge(seed):
    found = await judged(list(mutated([*LISTED, *VALID], 500, seed)))
    assert not found.faults, found.examples


@pytest.mark.parametrize("offset", [0, 4])
async def test_f6_f16_bytes_mean_the_same_however_they_are_cut(offset):
    """What a head, a chunk or a pipelined request is may not depend on where a packet ends."""
    chance = random.Random(offset)
    cases = [case for case in (*LISTED, *VALID) if len(case.template) < 3000][offset::8]
    cuts = [sorted(chance.sample(range(1, len(case.template)), chance.choice((1, 2, 5)))) for case in cases]
    whole, _ = await heard_of(cases, [(len(case.template),) for case in cases])
    pieces, _ = await heard_of(cases, cuts)
    for case, one, other in zip(cases, whole, pieces, strict=True):
        assert answers_of(one) == answers_of(other), case.name


def answers_of(heard: Heard) -> list[tuple[int, bool, bytes]]:
    """Without the serials, and without the reasons of refusals: a head may be wrong in two ways."""
    return [(status, bool(serial), body if serial else b"") for status, serial, body in heard.answers]
