from __future__ import annotations

from proxy.node.restart import MAX_DELAY_SECONDS, RestartPolicy


def test_a_child_that_lived_is_replaced_at_once() -> None:
    assert RestartPolicy().delay_after(60) == 0


def test_deaths_at_once_double_the_delay_up_to_a_bound() -> None:
    policy = RestartPolicy()
    assert [policy.delay_after(0.1) for _ in range(8)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, MAX_DELAY_SECONDS]


def test_a_longer_life_forgives() -> None:
    policy = RestartPolicy()
    for _ in range(5):
        policy.delay_after(0.1)
    assert policy.is_hopeless
    policy.delay_after(10)
    assert not policy.is_hopeless
    assert policy.delay_after(0.1) == 0.1
