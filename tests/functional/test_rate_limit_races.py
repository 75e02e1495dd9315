"""Many times the limit at the same moment on real nodes: exactly the limit gets through (G-343, R-12)."""

from __future__ import annotations

import pytest

from benchmarks.reliability import rate_limit_races


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_g343_r12_four_workers_let_exactly_the_limit_through_in_every_window() -> None:
    result = rate_limit_races.one_machine(windows=1, workers=4)
    assert result.passed, result.seen


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.timeout(600)
def test_g343_r12_two_nodes_with_redis_let_exactly_the_limit_through_in_every_window() -> None:
    result = rate_limit_races.two_machines(windows=2, workers=2)
    assert result.passed, result.seen
