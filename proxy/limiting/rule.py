"""What every kind of limit is: a sliding window, exact or by parts, or a token bucket."""

from __future__ import annotations

from proxy.limiting.sliding_window import SlidingWindow
from proxy.limiting.token_bucket import TokenBucket

LimitRule = SlidingWindow | TokenBucket
"""Each has `limit` (requests at once), `lifetime` (seconds a state counts) and `decide(state, now)`."""
