"""Whether an instance gets requests now, and why not: what the API shows of the entries on the board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from proxy.health.checked import UNKNOWN, Health, health_key
from proxy.health.ejection import Ejections
from proxy.health.lease import HELD, Lease, lease_key
from proxy.state.board import Board
from services.spec import InstanceSpec, InstanceStatus

Reason = Literal["", "configured", "health_check", "lease", "ejected"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the traffic sees; `reason` is empty for a healthy instance."""

    status: InstanceStatus
    reason: Reason = ""


def condition_of(instance: InstanceSpec, board: Board, ejections: Ejections, now: float) -> Condition:
    """The first of these that speaks against it: its row, its checks, its lease, its failed requests."""
    if instance.status != "healthy":
        return Condition(instance.status, "configured")
    if not health_of(instance, board).is_healthy:
        return Condition("unhealthy", "health_check")
    if lease_of(instance, board).is_lapsed:
        return Condition("unhealthy", "lease")
    if instance.id in ejections and ejections[instance.id].is_out(now):
        return Condition("unhealthy", "ejected")
    return Condition("healthy")


def health_of(instance: InstanceSpec, board: Board) -> Health:
    """What its checks have found; one without a path is not checked."""
    return Health.decode(board.read(health_key(instance.id))) if instance.health_check_path else UNKNOWN


def lease_of(instance: InstanceSpec, board: Board) -> Lease:
    """Its lease; one without holds for ever."""
    return Lease.decode(board.read(lease_key(instance.id))) if instance.lease_seconds else HELD
