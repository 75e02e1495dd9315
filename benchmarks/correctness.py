"""A gateway's figures count only when its answers are right: this asks before anything is measured."""

from __future__ import annotations

import httpx

from benchmarks.peers.peer import Peer
from benchmarks.processes import BenchmarkError
from benchmarks.scenarios import PLAIN, WHOLE_JOB, token

SAMPLES = 8


def check_answers(peer: Peer) -> None:
    """Raise `BenchmarkError` naming the first answer that is not what the job demands."""
    with httpx.Client(base_url=f"http://127.0.0.1:{peer.port}", timeout=10) as client:
        for scenario, headers in ((PLAIN, {}), (WHOLE_JOB, bearer(token()))):
            answers = [client.get(scenario.path, headers=headers) for _ in range(SAMPLES)]
            for answer in answers:
                _expect(peer, f"{scenario.name}, valid request", answer.status_code, 200)
            seen = {answer.json()["instance"] for answer in answers}
            _expect(peer, f"{scenario.name}, upstreams seen", sorted(seen), ["a", "b"])
        refusals = {
            "no token": ({}, 401),
            "token signed by another": (bearer(token(secret="x" * 32)), 401),
            "expired token": (bearer(token(lifetime=-3600)), 401),
            "token without the permission": (bearer(token(permission="other")), 403),
        }
        for case, (headers, status) in refusals.items():
            _expect(peer, case, client.get(WHOLE_JOB.path, headers=headers).status_code, status)


def bearer(value: str) -> dict[str, str]:
    """The Authorization header of a token."""
    return {"Authorization": f"Bearer {value}"}


def _expect(peer: Peer, case: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise BenchmarkError(f"{peer.name}: {case}: {wanted} was expected, {found} came\n{peer.output()}")
