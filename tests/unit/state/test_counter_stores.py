"""The stores of counters, each by the same contract, and what happens when the shared one fails (G-343)."""

from __future__ import annotations

import logging
from pathlib import Path

import lmdb
import pytest

from proxy.limiting.all_or_nothing import AllOrNothing
from proxy.limiting.sliding_window import sliding_window
from proxy.state.counters import RETRY_SECONDS, Counters, counters_in
from proxy.state.own_counters import OwnCounters
from proxy.state.shared_counters import SWEEP_ENTRIES, SharedCounters

TWO = sliding_window(2, 60.0)


@pytest.fixture(params=["own", "shared", "fallback"])
def store(request: pytest.FixtureRequest, tmp_path: Path):
    made = {
        "own": OwnCounters,
        "shared": lambda: SharedCounters(tmp_path),
        "fallback": lambda: counters_in(str(tmp_path)),
    }[request.param]()
    yield made
    made.close()


def test_each_key_has_a_state_of_its_own(store) -> None:
    admitted = [store.change(key, TWO, 10.0).admitted for key in (b"a", b"a", b"a", b"b", b"a", b"b", b"b")]
    assert admitted == [True, True, False, True, False, True, False]
    assert store.change(b"a", TWO, 70.0).admitted


def test_g342_several_states_are_changed_together_or_not_at_all(store) -> None:
    both = AllOrNothing([TWO, sliding_window(3, 60.0)])
    keys = [[b"a", b"z"], [b"a", b"z"], [b"a", b"z"], [b"b", b"z"], [b"b", b"z"]]
    found = [[verdict.admitted for verdict in store.change_all(pair, both, 10.0)] for pair in keys]
    assert found == [[True, True], [True, True], [False, True], [True, True], [True, False]]
    assert store.change(b"b", TWO, 10.0).remaining == 0, "the request that z refused was not counted for b"


@pytest.mark.parametrize("made", [lambda path: OwnCounters(), SharedCounters], ids=["own", "shared"])
def test_what_has_expired_is_removed_while_others_come(made, tmp_path: Path) -> None:
    store = made(tmp_path)
    for number in range(20_000):
        store.change(b"%d" % number, TWO, number / 10)
    assert len(store) < 3 * 600 + 2 * SWEEP_ENTRIES, "600 are alive"
    store.close()


def test_own_counters_are_bounded_and_forget_the_least_recent() -> None:
    store = OwnCounters(max_bytes=2_800)
    for number in range(100):
        store.change(b"%02d" % number, TWO, 1.0)
        assert store.change(b"kept", sliding_window(1000, 60.0), 1.0).remaining == 999 - number
    assert 2 <= len(store) <= 11
    assert store.change(b"00", TWO, 1.0).remaining == 1


def test_a_full_shared_file_forgets_instead_of_failing(tmp_path: Path) -> None:
    store = SharedCounters(tmp_path, map_bytes=4 << 20)
    large = sliding_window(4096, 60.0)
    for number in range(30_000):
        assert store.change(b"%d" % number, large, 1.0).admitted
    for number in range(200):
        for _ in range(600):
            store.change(b"big%d" % number, large, 2.0)
    assert (tmp_path / "data.mdb").stat().st_size <= 4 << 20
    store.close()


class Failing:
    """A shared store that works when told to."""

    def __init__(self) -> None:
        self.problem: Exception | None = None
        self.closed = 0
        self._states = OwnCounters()

    def change(self, key, rule, now):
        if self.problem:
            raise self.problem
        return self._states.change(key, rule, now)

    def change_all(self, keys, rule, now):
        if self.problem:
            raise self.problem
        return self._states.change_all(keys, rule, now)

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("problem", [lmdb.MapFullError("full"), OSError("gone")])
def test_g343_without_the_shared_counters_the_workers_own_answer_and_one_line_says_so(problem, caplog) -> None:
    shared = Failing()
    store = Counters(lambda: shared)
    caplog.set_level(logging.INFO)
    assert store.change(b"k", TWO, 1.0).remaining == 1
    shared.problem = problem
    found = [store.change(b"k", TWO, 2.0 + place / 10).admitted for place in range(4)]
    assert found == [True, True, False, False]
    store.change(b"k", TWO, 3.0 + RETRY_SECONDS)
    assert len(caplog.records) == 1, "tried again, and still one line"
    shared.problem = None
    assert store.change(b"k", TWO, 5.0 + 2 * RETRY_SECONDS).remaining == 0, "counted with what was there"
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    store.close()
    assert shared.closed == 3


def test_g343_several_limits_go_on_without_the_shared_counters_too(caplog) -> None:
    shared = Failing()
    store = Counters(lambda: shared)
    both = AllOrNothing([TWO, TWO])
    assert store.change_all([b"a", b"b"], both, 1.0)[0].remaining == 1
    shared.problem = lmdb.Error("gone")
    found = [store.change_all([b"a", b"b"], both, 2.0)[0].admitted for _ in range(3)]
    assert found == [True, True, False]
    shared.problem = None
    assert store.change_all([b"a", b"b"], both, 3.0 + RETRY_SECONDS)[0].remaining == 0
    assert len(caplog.records) == 2


def test_a_directory_that_cannot_be_used_costs_a_log_line_and_no_request(tmp_path: Path, caplog) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    store = counters_in(str(blocked))
    assert [store.change(b"k", TWO, 1.0).admitted for _ in range(3)] == [True, True, False]
    assert len(caplog.records) == 1
    store.close()


def test_a_damaged_file_costs_a_log_line_and_no_request(tmp_path: Path, caplog) -> None:
    (tmp_path / "data.mdb").write_bytes(b"\xff" * 8192)
    store = counters_in(str(tmp_path))
    assert [store.change(b"k", TWO, 1.0).admitted for _ in range(3)] == [True, True, False]
    assert len(caplog.records) == 1
    store.close()


def test_no_directory_means_the_process_alone() -> None:
    assert isinstance(counters_in(""), OwnCounters)
