"""When a lease lapses, and when nobody may be blamed for a heartbeat that was not heard (G-209)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from proxy.health.lease import LIFETIME_SECONDS, Lease, LeaseFound
from proxy.node.control.instance_keeper import AWAY_SECONDS, LapsedLeases
from services.leases import StoredLease

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def lease(expires: float, seconds: int = 10) -> dict[str, StoredLease]:
    return {"a": StoredLease(seconds, at(expires))}


def test_g209_a_lease_lapses_at_its_end_and_a_heartbeat_ends_that() -> None:
    leases = LapsedLeases()
    assert leases.look(lease(10), at(9.9), 9.9) == {"a": False}
    assert leases.look(lease(10), at(10), 10.0) == {"a": True}
    assert leases.look(lease(20.5), at(10.5), 10.5) == {"a": False}


def test_g209_after_a_start_what_was_stored_holds() -> None:
    assert LapsedLeases().look(lease(-60), at(0), 5.0) == {"a": True}


def test_g209_while_the_database_was_away_no_heartbeat_could_be_missed() -> None:
    leases = LapsedLeases()
    leases.look(lease(10), at(0), 0.0)
    back = AWAY_SECONDS + 600
    assert leases.look(lease(10), at(back), back) == {"a": False}
    assert leases.look(lease(10), at(back + 2), back + 2) == {"a": False}
    for step in range(3, 10):
        leases.look(lease(10), at(back + step), back + step)
    assert leases.look(lease(10), at(back + 10), back + 10) == {"a": True}


def test_g209_what_had_lapsed_before_the_database_went_stays_lapsed() -> None:
    leases = LapsedLeases()
    assert leases.look(lease(10), at(11), 11.0) == {"a": True}
    assert leases.look(lease(10), at(1000), 1000.0) == {"a": True}


def test_g209_on_the_board_only_news_is_written_and_a_lapse_outlives_its_entry() -> None:
    assert LeaseFound(False).decide(b"", 1.0) == (False, None)
    is_news, entry = LeaseFound(True).decide(b"", 1.0)
    assert is_news
    assert entry is not None
    assert LeaseFound(True).decide(entry, 2.0) == (False, None)
    is_news, renewed = LeaseFound(True).decide(entry, 1.0 + LIFETIME_SECONDS / 2)
    assert not is_news
    assert renewed is not None
    assert Lease.decode(renewed) == Lease(True, 1.0, 1.0 + LIFETIME_SECONDS / 2)
