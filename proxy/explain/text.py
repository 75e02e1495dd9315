"""An explanation for a terminal: what becomes of the request, then why, in the order of the way it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxy.explain.explanation import CandidateTold, Explanation, RouteTold, Step, UpstreamTold

MARKS = {"passes": "+", "answers": "=", "refuses": "x", "unknown": "?", "not_reached": " "}


def lines_of(told: Explanation) -> Iterator[str]:
    """Line by line."""
    yield f"{_outcome(told)} (revision {told.revision})"
    yield from _path(told)
    if told.candidates:
        yield "candidates:"
    for candidate in told.candidates:
        yield from _candidate(candidate)
    if told.candidates_left_out:
        yield f"  and {told.candidates_left_out} more"
    if told.steps:
        yield "stages:"
    for step in told.steps:
        yield _step(step)
    if told.upstream is not None:
        yield from _upstream(told.upstream)


def _outcome(told: Explanation) -> str:
    by = f" by {_named(told.route)}" if told.route is not None else ""
    if told.outcome == "refused":
        return f"refused{by}: {told.code} (HTTP {told.status}), {told.reason}"
    if told.outcome == "answered":
        return f"answered{by} with HTTP {told.status}"
    words = {"control": "served by the control plane", "batch": "taken as a batch", "hidden": told.reason}
    return words.get(told.outcome, told.outcome + by) + (f": {told.reason}" if told.outcome == "unknown" else "")


def _path(told: Explanation) -> Iterator[str]:
    path = told.path
    if path.refused:
        yield f"request refused as it stands: {path.refused}"
    elif path.canonical != path.sent or path.ambiguities:
        yield f"path: {path.sent} is {path.canonical}" + (
            f" ({', '.join(path.ambiguities)})" if path.ambiguities else ""
        )


def _named(route: RouteTold) -> str:
    name = f"{route.name} " if route.name else ""
    return f"{name}{route.path_pattern} [{route.id}]"


def _candidate(candidate: CandidateTold) -> Iterator[str]:
    mark = {"serves": "+", "comes_after": " ", "does_not_fit": "x"}[candidate.verdict]
    yield f"  {mark} {_named(candidate.route)}: {candidate.verdict.replace('_', ' ')}"
    for check in candidate.checks:
        yield f"      {'+' if check.passed else 'x'} {check.text}"


def _step(step: Step) -> str:
    said = f" {step.code or step.status or ''} {step.reason}".rstrip() if step.verdict != "passes" else ""
    return f"  {MARKS[step.verdict]} {step.stage}:{said if said.strip() else ''} {_details(step.details)}".rstrip(" :")


def _details(details: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in details.items() if value not in ("", [], None))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + "; ".join(_value(one) for one in value) + "]"
    if isinstance(value, dict):
        return " ".join(f"{name} {_value(one)}" for name, one in value.items())
    return str(value)


def _upstream(upstream: UpstreamTold) -> Iterator[str]:
    yield f"upstream: {upstream.path or '(no path)'} at service {upstream.service}, {upstream.strategy}"
    for instance in upstream.instances:
        mark = ">" if instance.id == upstream.picked else "+" if instance.usable else "x"
        state = f"{instance.status} ({instance.reason})" if instance.reason else instance.status
        place = f"{instance.instance_id} {instance.endpoint} weight {instance.weight}"
        yield f"  {mark} {place} {state}, circuit {instance.circuit}"
