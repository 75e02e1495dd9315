"""The script of Redis against the rules of one machine: the same verdicts, by a clock of the test (G-341…G-343)."""

from __future__ import annotations

import asyncio
from hashlib import sha1

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.explain.looking import by_counters, by_redis
from proxy.limiting import redis_script
from proxy.limiting.all_or_nothing import AllOrNothing
from proxy.limiting.limit import window_limit
from proxy.limiting.rule import LimitRule
from proxy.limiting.sliding_window import sliding_window
from proxy.limiting.token_bucket import TokenBucket
from proxy.state.own_counters import OwnCounters
from tests.common.redis_server import RedisServer

pytestmark = pytest.mark.redis
BEGIN = 1_000_000.0
CLOCKED = redis_script.SCRIPT.replace("redis.call('TIME')", "redis.call('HMGET', 'clock', 's', 'us')")
"""The same script, told the time."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


class Machine:
    """The script on a real server."""

    def __init__(self, server: RedisServer) -> None:
        self.client = redis.Redis(port=server.port, decode_responses=False)
        self.client.flushall()
        assert CLOCKED != redis_script.SCRIPT
        assert self.client.script_load(CLOCKED).encode() == sha1(CLOCKED.encode()).hexdigest().encode()

    def judge(self, keys: list[bytes], rules: list[LimitRule], now: float, command=redis_script.check):
        self.client.hset("clock", mapping={"s": int(now), "us": round(now % 1 * 1_000_000)})
        command = command(keys, [redis_script.arguments(rule) for rule in rules])
        words = command.split(b"\r\n")[2::2]
        return redis_script.verdicts(self.client.evalsha(sha1(CLOCKED.encode()).hexdigest(), *words[2:]))


@pytest.fixture
def machine(server):
    made = Machine(server)
    yield made
    made.client.close()


rules = st.one_of(
    st.builds(sliding_window, st.integers(1, 8), st.sampled_from([4.0, 64.0])),
    st.builds(sliding_window, st.just(5000), st.sampled_from([4.0, 64.0])),
    st.builds(TokenBucket, st.sampled_from([0.125, 1.0, 2.0]), st.integers(1, 6)),
)
steps = st.lists(
    st.tuples(st.sampled_from([0.0, 0.0625, 0.5, 1.0, 7.0, 65.0]), st.lists(st.integers(0, 1), min_size=3, max_size=3)),
    max_size=50,
)


def test_g342_g343_redis_gives_the_verdicts_that_one_machine_would(machine) -> None:
    @settings(max_examples=150, deadline=None)
    @given(st.lists(rules, min_size=1, max_size=3), steps)
    def holds(chosen: list[LimitRule], requests) -> None:
        machine.client.flushdb()
        local, now = OwnCounters(), BEGIN
        for gap, subjects in requests:
            now += gap
            keys = [b"%d:%d" % pair for pair in enumerate(subjects[: len(chosen)])]
            wanted = local.change_all(keys, AllOrNothing(chosen), now)
            assert machine.judge(keys, chosen, now) == wanted

    holds()


def test_g341_a_large_limit_is_counted_by_parts_and_never_exceeded(machine) -> None:
    rule, admitted = sliding_window(5000, 64.0), []
    for number in range(6000):
        now = BEGIN + number / 64
        if machine.judge([b"k"], [rule], now)[0].admitted:
            admitted.append(now)
    for place, time in enumerate(admitted[5000:]):
        assert time - admitted[place] >= 64.0
    assert machine.client.memory_usage(redis_script.PREFIX + b"k") < 8192


@pytest.mark.parametrize("limit", [3, 5000])
def test_g104_a_changed_limit_judges_by_the_requests_before_it(machine, limit: int) -> None:
    for number in range(3):
        assert machine.judge([b"k"], [sliding_window(limit, 64.0)], BEGIN + number)[0].admitted
    (refused,) = machine.judge([b"k"], [sliding_window(2, 64.0)], BEGIN + 3)
    assert not refused.admitted
    assert 62 <= refused.free_in <= 62.25, "two must leave"
    assert machine.judge([b"k"], [sliding_window(4, 64.0)], BEGIN + 3)[0].remaining == 0


@pytest.mark.parametrize("rule", [sliding_window(5, 64.0), sliding_window(5000, 64.0), TokenBucket(5 / 64, 5)])
def test_r12_a_clock_set_back_an_hour_frees_nothing_and_locks_nobody_out(machine, rule) -> None:
    """Edge rule T11."""
    limit = rule.limit
    taken = [machine.judge([b"k"], [rule], BEGIN + number / 1024)[0].admitted for number in range(limit + 3)]
    assert taken.count(True) == limit
    back = BEGIN - 3600
    (refused,) = machine.judge([b"k"], [rule], back)
    assert not refused.admitted
    assert refused.free_in <= 64.25
    assert not machine.judge([b"k"], [rule], back + refused.free_in - 0.5)[0].admitted
    assert machine.judge([b"k"], [rule], back + refused.free_in + 0.5)[0].admitted


@pytest.mark.parametrize("rule", [sliding_window(5, 64.0), TokenBucket(5 / 64, 5)])
def test_r12_a_clock_set_forward_an_hour_frees_one_window_and_no_second(machine, rule) -> None:
    """Edge rule T11."""
    for start in (BEGIN, BEGIN + 3600):
        taken = [machine.judge([b"k"], [rule], start + number / 1024)[0].admitted for number in range(20)]
        assert taken.count(True) == 5


def test_g343_every_key_expires_and_stays_small(machine) -> None:
    chosen = [sliding_window(4096, 64.0), sliding_window(10**9, 64.0), TokenBucket(2.0, 10)]
    keys = [b"exact", b"parts", b"bucket"]
    for number in range(4096):
        machine.judge(keys[:2], chosen[:2], BEGIN + number / 128)
    machine.judge([keys[2]], [chosen[2]], BEGIN)
    names = [redis_script.PREFIX + key for key in keys]
    assert [0 < machine.client.pttl(name) <= 70_000 for name in names] == [True] * 3
    sizes = [machine.client.memory_usage(name) for name in names]
    assert sizes[0] < 80 * 1024
    assert sizes[1] < 8 * 1024
    assert sizes[2] < 256


def test_g410_looking_gives_the_verdicts_and_counts_nothing(machine) -> None:
    keys, chosen = [b"a", b"b", b"c"], [sliding_window(2, 4.0), sliding_window(5000, 64.0), TokenBucket(1.0, 3)]
    for step in range(6):
        now = BEGIN + step * 0.5
        seen = [machine.judge(keys, chosen, now, redis_script.look) for _ in range(3)]
        assert seen == [machine.judge(keys, chosen, now)] * 3


def test_g410_an_explanation_looks_at_redis_and_without_it_at_the_machine(server) -> None:
    limit = window_limit("route", "r", "caller", 5)
    keys, own = [limit.prefix + b"u1"], by_counters(OwnCounters())
    redis.Redis(port=server.port).flushall()
    look = by_redis(f"redis://127.0.0.1:{server.port}", 0.5, own)
    assert [asyncio.run(look(keys, [limit]))[0].remaining for _ in range(2)] == [4, 4]
    away = by_redis("redis://127.0.0.1:1", 0.05, own)
    assert asyncio.run(away(keys, [limit]))[0].remaining == 4
