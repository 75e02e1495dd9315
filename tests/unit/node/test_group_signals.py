"""A signal to a whole node is the supervisor's alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from proxy.node.group_signals import leave_to_supervisor

BOTH = (signal.SIGHUP, signal.SIGUSR2)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    before = [signal.getsignal(number) for number in BOTH]
    yield
    for number, handler in zip(BOTH, before, strict=True):
        signal.signal(number, handler)


def test_a_child_lives_on() -> None:
    leave_to_supervisor()
    for number in BOTH:
        os.kill(os.getpid(), number)
