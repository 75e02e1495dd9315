"""Asks beside the load, so that a gateway that answers wrongly only under load has no figures."""

from __future__ import annotations

import os
import threading
from types import TracebackType

import httpx

from benchmarks.answers import credentials, fault
from benchmarks.processes import LOAD_CORE
from benchmarks.scenarios import Scenario

PAUSE_SECONDS = 0.1


class Sampler:
    """One more connection that asks ten times a second, from entry to exit; `faults` are what was wrong."""

    def __init__(self, port: int, scenario: Scenario) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._scenario = scenario
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.faults: list[str] = []
        self.asked = 0

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        os.sched_setaffinity(threading.get_native_id(), {LOAD_CORE})  # the other core is the gateway's
        headers = credentials(self._scenario)
        with httpx.Client(base_url=self._base, timeout=30, headers=headers) as client:
            while not self._ended.wait(PAUSE_SECONDS):
                path = self._scenario.example(self.asked)
                self.asked += 1
                try:
                    answer = client.request(self._scenario.method, path, content=self._scenario.upload)
                except httpx.HTTPError as error:
                    self.faults.append(f"{path}: {error!r}")
                    continue
                if wrong := fault(self._scenario, path, answer.status_code, answer.content):
                    self.faults.append(f"{path}: {wrong}")
