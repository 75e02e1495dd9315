"""What a right answer of each scenario is, and what must be sent to get it."""

from __future__ import annotations

import json

from benchmarks.scenarios import Scenario
from benchmarks.tokens import token


def credentials(scenario: Scenario) -> dict[str, str]:
    """The header fields with which the requests of a scenario are accepted."""
    return bearer(token(algorithm=scenario.algorithm)) if scenario.algorithm else {}


def bearer(value: str) -> dict[str, str]:
    """The Authorization header of a token."""
    return {"Authorization": f"Bearer {value}"}


def fault(scenario: Scenario, path: str, status: int, body: bytes) -> str | None:
    """What is wrong with an answer to a valid request for this path; None when nothing is."""
    if status != 200:
        return f"status 200 was expected, {status} came"
    if scenario.answer_bytes:
        wanted = answer_of(scenario.answer_bytes)
        return None if body == wanted else f"the {len(wanted)} bytes of the upstream were expected, {len(body)} came"
    try:
        told = json.loads(body)
    except ValueError:
        return f"JSON was expected, {body[:80]!r} came"
    for name, expected in _expected(scenario, path).items():
        if told.get(name) != expected:
            return f"{name} {expected!r} was expected, {told.get(name)!r} came"
    return None if told.get("instance") in ("a", "b") else f"an upstream's answer was expected, {body[:80]!r} came"


def answer_of(size: int) -> bytes:
    """The body that the upstream sends for a size in bytes; each of its lines is another."""
    return b"".join(b"%015d\n" % number for number in range(size // 16))


def _expected(scenario: Scenario, path: str) -> dict[str, str]:
    if scenario.upload_bytes:
        return {"received": str(scenario.upload_bytes)}
    return {"asked": path} if path != scenario.path else {}
