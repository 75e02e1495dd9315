"""All trials, by the word that asks for one; each takes the part of its full length that is wanted, 1 for all of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.reliability import (
    changes_under_load,
    clock_jumps,
    cross_talk,
    database_loss,
    exact_limits,
    full_disk,
    hostile_upstreams,
    instance_churn,
    kills,
    large_bodies,
    malformed_requests,
    overload,
    path_confusion,
    rate_limit_races,
    redis_loss,
    response_cache,
    rolling_restarts,
    slow_attacks,
    slow_peers,
    soak,
    upstream_deaths,
    websocket_cases,
    websocket_tunnels,
    write_then_call,
)
from benchmarks.reliability.postgres_process import Postgres
from benchmarks.reliability.trial import Result


def changes_on_postgres(share: float) -> Result:
    """R-02 on a PostgreSQL of its own."""
    with tempfile.TemporaryDirectory() as directory, Postgres(Path(directory)) as postgres:
        return changes_under_load.run(int(300 * share), 60 * share, database=postgres.url)


TRIALS: dict[str, Callable[[float], Result]] = {
    "write-then-call": lambda share: write_then_call.run(loops=int(1000 * share)),
    "kills": lambda share: kills.run(int(200 * share)),
    "kills-postgres": lambda share: kills.run(int(200 * share), "PostgreSQL"),
    "changes": lambda share: changes_under_load.run(int(300 * share), 60 * share),
    "changes-postgres": changes_on_postgres,
    "restarts": lambda share: rolling_restarts.run(int(20 * share)),
    "database-loss": lambda share: database_loss.run(600 * share),
    "damaged-snapshot": lambda share: database_loss.damaged(int(100 * share)),
    "full-disk": lambda share: full_disk.run(int(100 * share)),
    "clock": lambda share: clock_jumps.run(30 * share),
    "slow-attacks": lambda share: slow_attacks.run(int(500 * share), 20 * share),
    "exact-limits": lambda _share: exact_limits.run(),
    "overload": lambda share: overload.run(60 * share),
    "churn": lambda share: instance_churn.run(seconds=60 * share),
    "path-confusion": lambda share: path_confusion.run(int(23_000 * share), int(1_000_000 * share)),
    "hostile-upstreams": lambda _share: hostile_upstreams.run(),
    "upstream-deaths": lambda share: upstream_deaths.run(seconds=600 * share),
    "cross-talk": lambda share: cross_talk.run(int(200_000 * share)),
    "cross-talk-postgres": lambda share: cross_talk.run(int(200_000 * share), "PostgreSQL"),
    "large-bodies": lambda share: large_bodies.run(mib=int(1024 * share)),
    "malformed-requests": lambda share: malformed_requests.run(count=int(malformed_requests.COUNT * share)),
    "slow-peers": lambda share: slow_peers.run(60 * share),
    "response-cache": lambda share: response_cache.run(requests=int(5000 * share)),
    "tunnels": lambda share: websocket_tunnels.run(mib=int(1024 * share)),
    "websocket-cases": lambda _share: websocket_cases.run(),
    "limit": lambda share: rate_limit_races.one_machine(windows=int(100 * share)),
    "limit-two-machines": lambda share: rate_limit_races.two_machines(windows=int(100 * share)),
    "redis-loss": lambda share: redis_loss.run(times=int(10 * share)),
    "soak": lambda share: soak.run(1800 * share),
}
