"""What a client is told of a limit: three fields on every answer, and when to come back on a refusal (G-340, G-345)."""

from __future__ import annotations

import time
from math import ceil

from proxy.errors import too_many_requests
from proxy.exchange import Exchange
from proxy.limiting.verdict import Verdict


def tell(exchange: Exchange, limit: int, verdict: Verdict) -> None:
    """Adds the fields of one limit. Raises `GatewayError` where it refuses."""
    exchange.reply_headers += (
        (b"x-ratelimit-limit", b"%d" % limit),
        (b"x-ratelimit-remaining", b"%d" % verdict.remaining),
        (b"x-ratelimit-reset", b"%d" % ceil(time.time() + verdict.free_in)),
    )
    if not verdict.admitted:
        raise too_many_requests(max(1, ceil(verdict.free_in)))
