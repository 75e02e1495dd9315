from __future__ import annotations

from typing import Any

import msgspec
import pytest

from proxy.access_log import AccessRecord
from proxy.traffic.wanted import Wanted, wants

RECORD = AccessRecord(
    "2026-01-01T00:00:00.000Z", "people", "shop", "a", "u1", "", "192.0.2.1", "GET", "/people", 502, 0, 10, 120.5,
    100.0, 0, "", "r1", "t1", 7, "ok", "",
)  # fmt: skip


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"route": "people", "service": "shop", "user": "u1", "status": "502", "slow_ms": 120.5},
        {"status": "5xx"},
        {"services": frozenset({"shop", "other"})},
    ],
)
def test_a_request_is_shown_where_every_condition_holds(wanted: dict[str, Any]) -> None:
    assert wants(Wanted(1, **wanted), RECORD)


@pytest.mark.parametrize(
    "wanted",
    [
        {"route": "peopl"},
        {"service": "Shop"},
        {"user": "u2"},
        {"status": "503"},
        {"status": "4xx"},
        {"slow_ms": 121.0},
        {"services": frozenset()},
        {"services": frozenset({"other"})},
    ],
)
def test_a_request_is_not_shown_where_one_does_not(wanted: dict[str, Any]) -> None:
    assert not wants(Wanted(1, **wanted), RECORD)


def test_what_has_no_service_is_nobodys_but_an_administrators() -> None:
    unmatched = msgspec.structs.replace(RECORD, route="", service="")
    assert wants(Wanted(1), unmatched)
    assert not wants(Wanted(1, services=frozenset({""})), unmatched)
