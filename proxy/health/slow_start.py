"""Slow start: the share of an instance that is new or back grows to its weight in equal steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.spec import InstanceSpec

STEPS = 20
"""From the first, a twentieth of the weight, to the last, all of it."""


def step_of(since: float, seconds: float, now: float) -> int:
    """The step, 1 to `STEPS`, of an instance that may be asked since then; 0 is for ever."""
    if not since or now >= since + seconds:
        return STEPS
    return min(STEPS, 1 + int(max(0.0, now - since) * STEPS / seconds))


def ramped(
    instances: Sequence[InstanceSpec], since: Mapping[str, float], seconds: float, now: float
) -> tuple[tuple[InstanceSpec, ...], list[float]]:
    """The instances with the weights of now, and the moment those change next, or none.

    `since` tells by instance id since when one may be asked. While any of them is on its way, all weights are
    multiplied by `STEPS`, so that small ones can be divided too.
    """
    steps = {one.id: step_of(since.get(one.id, 0.0), seconds, now) for one in instances}
    coming = {since[key] + seconds * step / STEPS for key, step in steps.items() if step < STEPS}
    if not coming:
        return tuple(instances), []
    return tuple(replace(one, weight=one.weight * steps[one.id]) for one in instances), [min(coming)]
