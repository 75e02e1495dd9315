"""What has to hold of what clients heard and what the upstream saw (R-03)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.reliability.malformed.asking import Heard
from benchmarks.reliability.malformed.case import Case
from benchmarks.reliability.malformed.recorder import Record, Seen

ALLOWED = frozenset((400, 404, 405, 408, 413, 414, 415, 417, 421, 426, 431, 501, 505))
"""Statuses a gateway may answer by itself; 404 for a host or path it does not serve."""


@dataclass(slots=True)
class Judgement:
    """The figures of one gateway."""

    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    refused_valid: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """What no gateway should have taken."""
    waited: int = 0
    name: str = ""
    growth: float = 0.0
    """MiB of memory more than at its first reading."""

    def fault(self, what: str, example: object) -> None:
        """Notes a fault and its first example."""
        self.faults[what] += 1
        self.examples.setdefault(what, str(example)[:1500])

    @property
    def valid(self) -> tuple[int, int]:
        """Served and asked of the valid corpus."""
        groups = [group for group in self.asked if "valid" in group and "invalid" not in group]
        return sum(self.accepted[group] for group in groups), sum(self.asked[group] for group in groups)


def judge(cases: Sequence[Case], heard: Sequence[Heard], record: Record) -> Judgement:
    """Everything that can be told from both sides."""
    found = Judgement()
    for what, count in record.faults.items():
        found.faults[f"to the upstream: {what}"] = count
        found.examples[f"to the upstream: {what}"] = repr(record.examples[what])
    by_serial = {seen.serial: seen for seen in record.requests}
    by_number: dict[int, list[Seen]] = defaultdict(list)
    for seen in record.requests:
        by_number[seen.number].append(seen)
    for number, (case, told) in enumerate(zip(cases, heard, strict=True)):
        _one(found, case, number, told, by_serial, by_number[number])
    delivered = Counter(serial for told in heard for _, serial, _ in told.answers if serial)
    for serial, count in delivered.items():
        if count > 1:
            found.fault("one answer for two clients", by_serial[serial])
    return found


def _one(
    found: Judgement, case: Case, number: int, told: Heard, by_serial: dict[int, Seen], forwarded: Sequence[Seen]
) -> None:
    for status, serial, body in told.answers:
        found.statuses[status] += 1
        if not serial and status not in ALLOWED:
            found.fault(f"status {status}", (case.group, case.data(number)[:300]))
        seen = by_serial.get(serial)
        if seen is not None and seen.number not in (-1, number):
            found.fault("another's answer", (case.group, case.data(number), seen))
        if seen is not None and body and body != seen.line:
            found.fault("another's body", (case.group, case.data(number), seen, body))
    if told.refused:
        found.fault("connection refused", case.name)
    if told.garbage:
        found.fault("not HTTP", (case.group, case.name, told.garbage))
    _parents(found, case, number, told, by_serial, forwarded)
    _count(found, case, number, told, by_serial)


def _parents(
    found: Judgement, case: Case, number: int, told: Heard, by_serial: dict[int, Seen], forwarded: Sequence[Seen]
) -> None:
    """Whether each request at the upstream belongs to one of the client's, and the canary's answer is its own."""
    mine = b"%08x" % number
    known = {serial for _, serial, _ in told.answers if serial and by_serial[serial].number == number}
    canaries = [at for at, (_, serial, _) in enumerate(told.answers) if serial and _is_canary(by_serial[serial], mine)]
    gave_up = not (told.closed or canaries)
    found.waited += gave_up
    # One may have been cut off; a client that did not wait may have missed the answers to the case and to the canary.
    if len({seen.serial for seen in forwarded if seen.complete} - known) > 1 + gave_up:
        found.fault("requests without an answer", (case.group, case.data(number), [seen.line for seen in forwarded]))
    if canaries and canaries[0] != len(told.answers) - 1:
        found.fault("an answer after the canary's", (case.group, case.data(number), told.answers))
    if any(b"/hidden/" in seen.line for seen in forwarded) and case.group in HIDES:
        found.fault("a hidden request was found", (case.group, case.name, case.data(number)))


HIDES = frozenset(("spelling", "both", "coding and length"))
"""Groups in which nobody may find the hidden request: its bytes belong to a body, or to nothing."""


def _is_canary(seen: Seen, mine: bytes) -> bool:
    return seen.line.startswith(b"GET /canary/" + mine)


def _count(found: Judgement, case: Case, number: int, told: Heard, by_serial: dict[int, Seen]) -> None:
    """What was taken: the first final answer is of the upstream and not the canary's."""
    found.asked[case.group] += 1
    served = False
    if told.answers:
        _, serial, _ = told.answers[0]
        served = bool(serial) and not _is_canary(by_serial[serial], b"%08x" % number)
    if served:
        found.accepted[case.group] += 1
        if case.kind == "refuse":
            found.taken.append(f"{case.group} {case.name}")
    elif case.kind == "valid" and not case.policy:
        found.refused_valid.append(f"{case.group} {case.name} {told.answers[0][0] if told.answers else 'closed'}")
