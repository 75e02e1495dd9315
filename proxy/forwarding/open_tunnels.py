"""WebSockets of callers that are known, looked at again when it has changed who may be believed (edge rule A4).

A request is judged when it comes; a WebSocket outlives that. When a token or credential was revoked, an issuer or one
of its keys withdrawn, what each open WebSocket showed at its handshake is judged once more, beside the traffic and some
at a time. One that would no longer get in is closed with 1008. Nothing is done for a frame.

Where the keys that would tell cannot be fetched, nothing was withdrawn: such a WebSocket stays, and is judged again,
for `GRACE_SECONDS`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from permissions.credentials import CredentialError, KeysNeeded, bearer_token
from proxy.principal import Principal

if TYPE_CHECKING:
    from proxy.forwarding.tunnel import Tunnel
    from proxy.snapshot.parts import Parts

AT_ONCE = 50
"""How many are judged before other work has its turn: some milliseconds."""
GRACE_SECONDS = 60.0
AGAIN_SECONDS = 10.0
"""How long to wait before the keys are asked for again; an issuer is not asked more often either."""


class OpenTunnels:
    """Those of one worker."""

    def __init__(self) -> None:
        self._tunnels: dict[Tunnel, tuple[Principal, bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, tunnel: Tunnel, principal: Principal, authorization: bytes, parts: Parts) -> None:
        """A tunnel has begun for a caller who showed this, or a credential that the principal knows.

        Unless these parts still remember him he is judged at once: much may change while an upstream takes its time.
        """
        self._tunnels[tunnel] = (principal, authorization)
        if parts.principals.get(authorization, time.time()) is not principal:
            self._begin([tunnel], parts)

    def discard(self, tunnel: Tunnel) -> None:
        """It has ended."""
        self._tunnels.pop(tunnel, None)

    def look_again(self, parts: Parts, issuer_id: str | None = None) -> None:
        """Begins to judge all, or those of one issuer, by these parts. Call on the event loop if there are any."""
        chosen = [
            tunnel
            for tunnel, (principal, _shown) in self._tunnels.items()
            if issuer_id is None or principal.identity.issuer_id == issuer_id
        ]
        if chosen:
            self._begin(chosen, parts)

    def _begin(self, chosen: list[Tunnel], parts: Parts) -> None:
        task = asyncio.get_running_loop().create_task(self._judge(chosen, parts, GRACE_SECONDS))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _judge(self, chosen: list[Tunnel], parts: Parts, grace: float) -> None:
        unsure: list[Tunnel] = []
        for number, tunnel in enumerate(chosen):
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
            shown = self._tunnels.get(tunnel)
            is_good = True if shown is None else await _is_good(*shown, parts)
            if is_good is None and grace > 0:
                unsure.append(tunnel)
            elif not is_good:
                tunnel.withdraw()
        if unsure:
            await asyncio.sleep(AGAIN_SECONDS)
            await self._judge(unsure, parts, grace - AGAIN_SECONDS)


async def _is_good(principal: Principal, authorization: bytes, parts: Parts) -> bool | None:
    """Whether a request that showed the same would get in now; None where its issuer's keys cannot be had."""
    if principal.credential is not None:
        return parts.credentials.holds(principal.credential, time.time())
    try:
        token = bearer_token([authorization.decode("latin-1")])
        try:
            parts.verifier.verify(token, time.time())
        except KeysNeeded as need:
            await parts.keys.fetch(need.issuers)
            if parts.keys.cannot_tell(need.issuers):
                return None
            parts.verifier.verify(token, time.time())
    except CredentialError:
        return False
    return True
