"""A gateway's figures count only when its answers are right: this asks before anything is measured."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

import httpx

from benchmarks.answers import bearer, credentials, fault
from benchmarks.peers.peer import Peer
from benchmarks.processes import BenchmarkError
from benchmarks.scenarios import PLAIN, Scenario
from benchmarks.tokens import token

SAMPLES = 8


def wait_until_it_serves(peer: Peer) -> float:
    """Seconds from its start to its first answer of 200; `BenchmarkError` when none comes in its time.

    An accepted connection is not enough: some listen before they have read their routes.
    """
    address = f"http://127.0.0.1:{peer.port}{PLAIN.path}"
    while time.monotonic() < peer.began + peer.ready_seconds:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(address, timeout=peer.ready_seconds).status_code == 200:
                return time.monotonic() - peer.began
        time.sleep(0.02)
    raise BenchmarkError(f"{peer.name} does not serve {PLAIN.path}\n{peer.output()}")


def check_answers(peer: Peer, scenarios: Sequence[Scenario]) -> None:
    """Raise `BenchmarkError` naming the first answer that is not what the job demands."""
    with httpx.Client(base_url=f"http://127.0.0.1:{peer.port}", timeout=10) as client:
        for scenario in scenarios:
            _check_accepted(peer, scenario, client)
            if scenario.algorithm:
                _check_refused(peer, scenario, client)


def _check_accepted(peer: Peer, scenario: Scenario, client: httpx.Client) -> None:
    headers = credentials(scenario)
    asked = [scenario.example(number) for number in range(SAMPLES)]
    answers = [client.request(scenario.method, path, headers=headers, content=scenario.upload) for path in asked]
    for path, answer in zip(asked, answers, strict=True):
        if wrong := fault(scenario, path, answer.status_code, answer.content):
            raise BenchmarkError(f"{peer.name}: {scenario.name}, valid request: {wrong}\n{peer.output()}")
    if scenario.route == "cached":
        _expect(peer, f"{scenario.name}, answers of the upstream", len({answer.text for answer in answers}), 1)
    elif not scenario.answer_bytes:
        seen = {answer.json()["instance"] for answer in answers}
        _expect(peer, f"{scenario.name}, upstreams seen", sorted(seen), list(peer.upstreams))


def _check_refused(peer: Peer, scenario: Scenario, client: httpx.Client) -> None:
    signed = scenario.algorithm
    assert signed is not None
    refusals = {
        "no token": ({}, 401),
        "token signed by another": (bearer(token(algorithm=signed, foreign=True)), 401),
        "expired token": (bearer(token(algorithm=signed, lifetime=-3600)), 401),
        "token without the permission": (bearer(token(algorithm=signed, permission="other")), 403),
    }
    for case, (headers, status) in refusals.items():
        answer = client.get(scenario.example(0), headers=headers)
        _expect(peer, f"{scenario.name}, {case}", answer.status_code, status)


def _expect(peer: Peer, case: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise BenchmarkError(f"{peer.name}: {case}: {wanted} was expected, {found} came\n{peer.output()}")
