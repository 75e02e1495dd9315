"""Why one attempt to reach one instance failed, and whether another may be made (G-402, G-404, RFC 9110 §9.2.2)."""

from __future__ import annotations

from typing import Literal

from proxy.errors import GatewayError, no_instance, timed_out, upstream_failed
from proxy.request import Request

Kind = Literal["connect", "busy", "reset", "malformed", "silent", "timeout"]

IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"))


class AttemptFailed(Exception):
    """One instance did not answer.

    `connect` and `busy`: nothing was sent. `reset`, `malformed` and `silent`: something may have been processed;
    `silent` let its own time for an answer pass. `timeout`: the route's time is over, so there is none left for another
    attempt. `stale` marks a reset of a connection that had
    served before: most likely the upstream closed it as idle in the moment it was used again.
    """

    def __init__(self, kind: Kind, reason: str, *, stale: bool = False) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.stale = stale

    def as_error(self) -> GatewayError:
        """The reply when no attempt is left."""
        if self.kind in ("timeout", "silent"):
            return timed_out(self.reason)
        if self.kind == "busy":
            return no_instance(self.reason)
        return upstream_failed(self.reason)


def is_idempotent(request: Request) -> bool:
    """Whether processing it twice changes nothing: by its method, or by a client that gave it an Idempotency-Key."""
    return request.method in IDEMPOTENT or b"idempotency-key" in request.fields


def may_retry(failure: AttemptFailed, *, is_idempotent: bool) -> bool:
    """Whether sending the same request again is safe after `failure`.

    One that may have been processed must be idempotent.
    """
    if failure.kind == "timeout":
        return False
    if failure.kind in ("connect", "busy"):
        return True
    return is_idempotent


def backoff_seconds(retry: int, random: float) -> float:
    """How long to wait before asking the same instance again: 0.1·2ⁿ s ± 20 %, at most 5 s.

    `retry` counts from 0, `random` lies in 0..1.
    """
    return float(min(5.0, 0.1 * 2**retry) * (0.8 + 0.4 * random))
