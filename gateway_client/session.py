"""What every verb is given, and the one way a write is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway_client.api import Api, Reply
from gateway_client.errors import DONE
from gateway_client.screen import Screen


@dataclass(frozen=True, slots=True)
class Session:
    """A gateway, a screen, and who changes something why."""

    api: Api
    screen: Screen
    token: str = ""
    """What calls are made with."""
    reason: str = ""

    def write(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        """A write with its reason; workers that lag behind are named."""
        reply = self.api.call(method, path, body, reason=self.reason, **options)
        self.tell_laggards(reply)
        return reply

    def tell_laggards(self, reply: Reply) -> None:
        """Names the workers that do not serve a write yet."""
        if laggards := reply.content.get("pending_workers"):
            self.screen.note(f"stored, but not yet in force on {', '.join(map(str, laggards))}", "yellow")

    def written(self, method: str, path: str, body: Any = None, **options: Any) -> int:
        """`write`, and what the gateway answered."""
        reply = self.write(method, path, body, **options)
        self.screen.fields(reply.content)
        self.screen.note(f"{reply.message} (revision {reply.revision})", "green")
        return DONE
