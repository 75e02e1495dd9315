from __future__ import annotations

import os
import signal
import socket
import threading
import time

from proxy.demo.processes import DemoProcesses, free_ports, is_listening


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        first, second = free_ports((taken, 0))
        assert is_listening("127.0.0.1", taken)
    assert len({taken, first, second}) == 3


def test_a_child_that_ends_by_itself_ends_the_wait_with_its_exit_code() -> None:
    with DemoProcesses() as running:
        running.start("-c", "import time; time.sleep(60)")
        running.start("-c", "raise SystemExit(7)")
        assert running.wait() == 7


def test_a_signal_ends_the_wait_and_the_children() -> None:
    with DemoProcesses() as running:
        child = running.start("-c", "import time; time.sleep(60)")
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        assert running.wait() == 0
    assert child.returncode == -signal.SIGTERM


def test_an_upstream_ends_when_its_parent_is_gone() -> None:
    [port] = free_ports((0,))
    with DemoProcesses() as running:
        child = running.start("-m", "proxy.demo.upstream", "--name", "a", "--port", str(port))
        deadline = time.monotonic() + 60
        while not is_listening("127.0.0.1", port) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(30) == 0
