"""R-03: malformed and ambiguous requests, each followed by a canary, against this gateway and others.

`python -m benchmarks.reliability.malformed_requests [--count N] [--seed N] [--only NAME] [--examples]`
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager

from benchmarks.reliability.malformed import framing, gunicorn_files, heads, valid
from benchmarks.reliability.malformed.asking import Heard, ask
from benchmarks.reliability.malformed.case import Case
from benchmarks.reliability.malformed.judgement import Judgement, judge
from benchmarks.reliability.malformed.mutation import mutated
from benchmarks.reliability.malformed.recorder import Recorder
from benchmarks.reliability.malformed.servers import SERVERS, asgi_server
from benchmarks.reliability.malformed.subjects import PEERS, Subject, peer, this_gateway
from benchmarks.reliability.trial import Result

COUNT = 43_000
SEED = 20_26
AT_ONCE = 48
WARM = 2_000
"""Cases after which memory is read for the first time: every process fills its caches once."""
MOST_GROWTH_MIB = 50
MOST_TAKEN = {"gunicorn invalid": 4, "spelling": 4, "two hosts": 0}

WORDS = {
    "gunicorn invalid": "invalid request files of gunicorn",
    "spelling": "spellings of a second framing",
    "two hosts": "requests with two hosts",
}


def corpus(count: int, seed: int) -> tuple[list[Case], bool]:
    """The lists, gunicorn's files, and mutations of all of them up to `count`; whether gunicorn's were to be had."""
    own = [*framing.cases(), *heads.cases(), *valid.cases()]
    files = gunicorn_files.cases()
    listed = [*own, *files]
    # Mutations come of what is in this project, so that a seed says the same with and without the network.
    return [*listed, *mutated(own, max(0, count - len(listed)), seed)], bool(files)


async def attack(subject: Subject, cases: Sequence[Case]) -> tuple[list[Heard], float]:
    """All cases, `AT_ONCE` at once, and by how many MiB the gateway grew after the first `WARM`."""
    heard: list[Heard | None] = [None] * len(cases)
    waiting = iter(range(len(cases)))
    memory = [subject.resident()]

    async def run() -> None:
        for number in waiting:
            heard[number] = await ask(subject.port, cases[number], number)
            if number == WARM:
                memory.append(subject.resident())

    await asyncio.gather(*[run() for _ in range(AT_ONCE)])
    await asyncio.sleep(1.0)
    return [told for told in heard if told is not None], subject.resident() - memory[-1]


async def trial(starting: AbstractContextManager[Subject], recorder: Recorder, cases: Sequence[Case]) -> Judgement:
    """One gateway judged."""
    subject = await asyncio.to_thread(starting.__enter__)
    try:
        heard, growth = await attack(subject, cases)
        found = judge(cases, heard, recorder.record)
        if not subject.is_whole():
            found.fault("process exit", subject.name)
        if growth > MOST_GROWTH_MIB:
            found.fault("memory", f"{growth:.0f} MiB more")
        found.name, found.growth = subject.name, growth
    finally:
        await asyncio.to_thread(starting.__exit__, None, None, None)
    return found


async def _all(names: Sequence[str], cases: Sequence[Case]) -> list[Judgement]:
    found = []
    for name in names:
        async with Recorder() as recorder:
            found.append(await trial(start(name, recorder.port), recorder, cases))
            print("    " + summary(found[-1]), flush=True)
    return found


def start(name: str, upstream: int) -> AbstractContextManager[Subject]:
    """The gateway of that name, or this one behind a server of that name."""
    if name in PEERS:
        return peer(PEERS[name], upstream)
    return asgi_server(name, upstream) if name in SERVERS else this_gateway(upstream)


def summary(found: Judgement) -> str:
    """The figures of one gateway in a line."""
    served, asked = found.valid
    taken = ", ".join(
        f"{group} {found.accepted[group]}/{found.asked[group]}" for group in MOST_TAKEN if found.asked[group]
    )
    return (
        f"{found.name}: {sum(found.faults.values())} faults {dict(found.faults) or ''}; taken {taken}; "
        f"valid {served}/{asked}; {found.growth:+.0f} MiB"
    )


def run(count: int = COUNT, seed: int = SEED, names: Sequence[str] = ("this gateway", *PEERS)) -> Result:
    """The trial with its peers; passes when this gateway has no fault and serves what nginx serves."""
    cases, has_files = corpus(count, seed)
    found = asyncio.run(_all(names, cases))
    return result(found, len(cases), seed, has_files)


def failures(name: str, share: float) -> dict[str, int]:
    """The figures of one gateway for the table of R-25; none is good."""
    cases, _ = corpus(int(COUNT * share), SEED)
    (found,) = asyncio.run(_all((name,), cases))
    return figures(found, len(cases))


def figures(found: Judgement, count: int) -> dict[str, int]:
    """What went wrong, and how many of the attacks were taken for requests."""
    wrong = {f"R-03: faults in {count} malformed or ambiguous requests": sum(found.faults.values())}
    return wrong | {
        f"R-03: taken of {found.asked[group]} {WORDS[group]}": found.accepted[group]
        for group in MOST_TAKEN
        if found.asked[group]
    }


def result(found: Sequence[Judgement], count: int, seed: int, has_files: bool) -> Result:
    """The row of the table."""
    ours, others = found[0], found[1:]
    passed = not ours.faults and all(ours.accepted[group] <= most for group, most in MOST_TAKEN.items())
    passed = passed and all(ours.valid[0] >= other.valid[0] for other in others if other.name.startswith("nginx"))
    done = f"{count} byte strings (seed {seed}), each followed by a canary"
    done += "" if has_files else "; gunicorn's request files could not be fetched"
    return Result(
        "R-03 malformed requests",
        done,
        "no exit, no 5xx but 501 and 505, one parent for each upstream request, no canary mistaken, ≤ 50 MiB",
        "<br>".join(map(summary, found)),
        passed,
    )


def main() -> int:
    """Runs one or all and prints what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--only", action="append", help="a gateway, or a server of the ASGI application; several times for several"
    )
    parser.add_argument(
        "--examples", action="store_true", help="the first case of each fault, and what valid was refused"
    )
    options = parser.parse_args()
    cases, has_files = corpus(options.count, options.seed)
    found = asyncio.run(_all(options.only or ("this gateway", *PEERS), cases))
    for one in found if options.examples else ():
        print(f"\n{one.name}: {dict(one.statuses)}, {one.waited} waited")
        for what, example in one.examples.items():
            print(f"  {what}: {example}")
        print(
            "\n".join(
                [*(f"  refused: {what}" for what in one.refused_valid), *(f"  taken: {what}" for what in one.taken)]
            )
        )
    return 0 if result(found, len(cases), options.seed, has_files).passed else 1


if __name__ == "__main__":
    sys.exit(main())
