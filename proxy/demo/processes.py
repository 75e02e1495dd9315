"""The processes of the demo: started together, ended together.

Each child leads a process group of its own, so Ctrl-C in the terminal reaches only the parent, which then ends the
gateway first (it finishes what runs) and the upstreams after it.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

import httpx

STOP_SECONDS = 40.0
"""Longer than a worker drains (GATEWAY_DRAIN_SECONDS, 30 by default)."""


class DemoProcesses:
    """A context: whatever was started in it has ended when it is left."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []
        self._stopping = False

    def __enter__(self) -> DemoProcesses:
        self._before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._started):
            _end(child)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Run this Python with the arguments. Its standard input is a pipe that closes when this process is gone."""
        child = subprocess.Popen([sys.executable, *arguments], stdin=subprocess.PIPE, process_group=0)
        self._started.append(child)
        return child

    def wait_answering(self, url: str, seconds: float = 30.0) -> bool:
        """Whether a GET of this URL answers 200 before time is up, a child ends or a signal comes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stopping and self._ended() is None:
            if answers(url):
                return True
            time.sleep(0.1)
        return False

    def wait(self) -> int:
        """Until SIGINT or SIGTERM (0), or until a child ends by itself (its exit code, 1 for an exit code of 0)."""
        while not self._stopping:
            ended = self._ended()
            if ended is not None:
                return ended.returncode or 1
            time.sleep(0.2)
        return 0

    def _ended(self) -> subprocess.Popen[bytes] | None:
        return next((child for child in self._started if child.poll() is not None), None)


def answers(url: str) -> bool:
    """Whether a GET of this loopback URL is answered with 200 within a second."""
    try:
        return httpx.get(url, timeout=1, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def is_listening(host: str, port: int) -> bool:
    """Whether something accepts connections at this address."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def free_ports(wanted: Sequence[int]) -> tuple[int, ...]:
    """The wanted loopback ports, each replaced by a free one where it is taken."""
    with_holders: list[tuple[int, socket.socket]] = []
    try:
        for port in wanted:
            holder = socket.socket()
            try:
                holder.bind(("127.0.0.1", port))
            except OSError:
                holder.bind(("127.0.0.1", 0))
            with_holders.append((holder.getsockname()[1], holder))
    finally:
        for _, holder in with_holders:
            holder.close()
    return tuple(port for port, _ in with_holders)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin:
        child.stdin.close()
