"""What is told of a request: plain values, ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from routing.candidates import Check

Outcome = Literal["forwarded", "answered", "refused", "control", "batch", "unknown", "hidden"]
"""An instance would be asked; the gateway would answer by itself; an error; the control plane's own path; a batch; it
cannot be told without doing it; it is not for the asker to know."""

StepVerdict = Literal["passes", "answers", "refuses", "unknown", "not_reached"]
CandidateVerdict = Literal["serves", "comes_after", "does_not_fit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTold:
    """The path as it was sent, in its canonical form, and what was ambiguous in it (G-305)."""

    sent: str
    canonical: str = ""
    ambiguities: tuple[str, ...] = ()
    refused: str = ""
    """Why nothing makes it safe; empty for a path that can be matched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTold:
    """Enough of a route to find it."""

    id: str
    name: str
    path_pattern: str
    service: str
    priority: int
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTold:
    """A route that might have served the request."""

    route: RouteTold
    verdict: CandidateVerdict
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one stage of the route's chain says; `code` and `reason` of a refusal, `status` of any answer."""

    stage: str
    verdict: StepVerdict
    status: int | None = None
    code: str = ""
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceTold:
    """An instance as the traffic sees it now."""

    id: str
    instance_id: str
    endpoint: str
    weight: int
    tier: int
    status: str
    reason: str
    circuit: str
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamTold:
    """Where the request would go."""

    service: str
    diverted: bool
    """Whether a stage chose another service than the route's own."""
    path: str
    strategy: str
    circuit: str
    instances: tuple[InstanceTold, ...]
    picked: str = ""
    """Id of the instance, where it can be told: by a hash, or because there is one only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole story. `code` is the gateway's own error code, empty where it would not refuse."""

    revision: int
    outcome: Outcome
    code: str = ""
    status: int | None = None
    reason: str = ""
    path: PathTold
    candidates: tuple[CandidateTold, ...] = ()
    candidates_left_out: int = 0
    route: RouteTold | None = None
    steps: tuple[Step, ...] = ()
    upstream: UpstreamTold | None = None
