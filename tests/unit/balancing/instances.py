"""Instances for the tests of balancing."""

from __future__ import annotations

from services.spec import InstanceSpec


def instances(weights: dict[str, int]) -> tuple[InstanceSpec, ...]:
    """Healthy instances by id and weight."""
    return tuple(
        InstanceSpec(id=key, instance_id=key, scheme="http", host="127.0.0.1", port=1, weight=weight)
        for key, weight in weights.items()
    )


def equals(*ids: str) -> tuple[InstanceSpec, ...]:
    """Healthy instances of one weight."""
    return instances(dict.fromkeys(ids, 100))
