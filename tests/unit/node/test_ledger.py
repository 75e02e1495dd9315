from __future__ import annotations

from proxy.node.ledger import FiguresLedger


def test_a_dead_workers_counts_stay_and_its_gauges_go() -> None:
    ledger = FiguresLedger()
    ledger.report("worker-1", {"requests": 5, "connections": 2})
    ledger.report("worker-1", {"requests": 7, "connections": 1})
    ledger.retire("worker-1")
    ledger.report("worker-1.1", {"requests": 1, "connections": 4})
    assert ledger.totals() == {"requests": 8, "connections": 4}


def test_a_worker_that_never_reported_leaves_nothing() -> None:
    ledger = FiguresLedger()
    ledger.retire("worker-1")
    assert ledger.totals() == {}
