"""What the supervisor is told, and what it tells a child at its start."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from proxy.options import GatewayOptions

CHILD_PLAN_VARIABLE = "GATEWAY_NODE_CHILD"
SNAPSHOT_NAME = "configuration.snapshot"

Surface = Literal["all", "traffic", "control"]
"""What a listener serves: everything, traffic with `OPEN_PATHS`, or the reserved paths alone."""
ServerKind = Literal["edge", "uvicorn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlan:
    """One node, as the command line and the settings describe it."""

    binds: tuple[str, ...]
    """HOST:PORT each; they serve traffic, and unless `admin_binds` do, all reserved paths."""
    admin_binds: tuple[str, ...] = ()
    workers: int = 1
    server: ServerKind = "edge"
    state_directory: Path
    options: GatewayOptions = field(default_factory=GatewayOptions)

    @property
    def snapshot_path(self) -> Path:
        """The file of the last good configuration."""
        return self.state_directory / SNAPSHOT_NAME


class ListenerPlan(msgspec.Struct, frozen=True):
    """A listening socket that the child inherits under the same descriptor."""

    descriptor: int
    surface: Surface


class ChildPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a child needs; it travels as JSON in one environment variable."""

    name: str
    channel: int
    """Descriptor of the child's end of its channel."""
    snapshot: str
    control_socket: str
    """Path of the control process's Unix socket, for the workers."""
    listeners: tuple[ListenerPlan, ...]
    """The control process has one: the Unix socket."""
    server: ServerKind
    options: GatewayOptions
    counters: str = ""
    """Directory of the counters the workers share; empty where none could be made."""
    traffic: tuple[str, int] | None = None
    """Where this machine reaches the node's own traffic; for the control process."""

    def environment(self) -> dict[str, str]:
        """The variable that carries this plan."""
        return {CHILD_PLAN_VARIABLE: msgspec.json.encode(self).decode()}

    @classmethod
    def from_environment(cls) -> ChildPlan:
        """The plan this process was started with; raises SystemExit when it was started by hand."""
        text = os.environ.pop(CHILD_PLAN_VARIABLE, "")
        if not text:
            raise SystemExit("this module is started by the supervisor: use `python manage.py gateway`")
        return msgspec.json.decode(text, type=cls)
