from __future__ import annotations

from permissions.audit.budget import ALTOGETHER, PER_ADDRESS, WINDOW_SECONDS, RefusalBudget


def test_one_address_fills_its_own_share_of_a_window_only():
    budget = RefusalBudget()
    assert sum(budget.allows("192.0.2.1", 100.0) for _ in range(1000)) == PER_ADDRESS
    assert budget.allows("192.0.2.2", 100.0)
    assert budget.allows("192.0.2.1", 100.0 + WINDOW_SECONDS)


def test_many_addresses_together_have_an_end_too():
    budget = RefusalBudget()
    assert sum(budget.allows(f"address {number}", 100.0) for number in range(5000)) == ALTOGETHER
