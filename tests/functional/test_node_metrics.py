"""The figures of real traffic over real processes, some of which are killed (G-260…G-263)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.processes import free_port
from tests.common.node_process import ROOT, NodeProcess, until
from tests.functional.test_node_gateway import (
    Start,
    add_route,
    environment,
    migrated,
    register,
    start,
    token,
    upstream,
)

__all__ = ["environment", "migrated", "start", "token", "upstream"]

pytestmark = pytest.mark.slow

WORKER = "proxy.node.worker"


def scraped(text: str) -> dict[tuple[str, frozenset[str]], float]:
    """Samples by name and label values."""
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(node: NodeProcess) -> dict[tuple[str, frozenset[str]], float]:
    status, body = node.request("GET", "/metrics", headers={"Accept": "text/plain"})
    assert status == 200, body
    return scraped(body.decode())


def in_the_last_day(node: NodeProcess, query: str = "") -> tuple[int, int]:
    """Requests and errors, as the envelope tells them."""
    content = json.loads(node.request("GET", f"/metrics?{query}")[1])["content"]
    figures = dict(line.split() for line in content["metrics"].splitlines() if not line.startswith("#"))
    return int(figures["gateway_requests_total"]), int(figures["gateway_errors_total"])


def test_g261_g262_the_figures_are_exact_over_four_workers_whoever_is_killed(
    start: Start, token: str, upstream: int
) -> None:
    node = start("--workers", "4")
    register(node, token, upstream)
    add_route(node, token, "/counted", name="counted")
    labels = frozenset({"counted", "users"})

    def send(requests: int) -> None:
        for _ in range(requests):
            node.get("/counted")

    send(40)
    assert node.request("GET", "/nowhere")[0] == 404
    until(lambda: scrape(node).get(("gateway_requests_total", frozenset())) == 41, what="what the workers counted")
    for killed in node.children(WORKER)[:2]:
        os.kill(killed, signal.SIGKILL)
    until(lambda: len(node.children(WORKER)) == 4, 90)
    send(25)
    found = scrape(node)
    assert found["gateway_http_requests_total", labels | {"GET", "200", "2xx"}] == 65
    assert found["gateway_request_duration_seconds_count", labels] == 65
    assert found["gateway_upstream_duration_seconds_count", labels] == 65
    assert found["gateway_upstream_answers_total", frozenset({"users", "a", "2xx"})] == 65
    assert found["gateway_http_requests_total", frozenset({"unmatched", "", "GET", "404", "4xx"})] == 1
    assert found["gateway_requests_total", frozenset()] == 66
    own = found["gateway_overhead_duration_seconds_sum", labels]
    whole, of_instances = (found[f"gateway_{name}_duration_seconds_sum", labels] for name in ("request", "upstream"))
    assert 0 < own <= whole - of_instances + 1e-6  # what is left is the streaming of bodies that came in pieces
    until(lambda: scrape(node)["gateway_workers", frozenset()] == 4, 90)

    (control,) = node.children("proxy.node.control")
    os.kill(control, signal.SIGKILL)
    send(5)
    until(lambda: node.request("GET", "/health/live")[0] == 200, 90)
    assert in_the_last_day(node) == (71, 0)
    assert in_the_last_day(node, "service_name=users") == (70, 0)
    assert scrape(node)["gateway_requests_total", frozenset()] == 71

    node.signal(signal.SIGTERM)
    assert node.end() == 0
    again = start("--workers", "2")
    again.get("/counted")
    assert in_the_last_day(again) == (72, 0)
    assert scrape(again)["gateway_requests_total", frozenset()] == 1


def test_g262_failed_attempts_are_the_instances_and_errors_are_counted(start: Start, token: str, upstream: int) -> None:
    node = start("--workers", "2")
    register(node, token, free_port())
    add_route(node, token, "/down", name="down", retry_count=0)
    assert [node.request("GET", "/down")[0] for _ in range(3)] == [502] * 3
    found = scrape(node)
    assert found["gateway_upstream_failures_total", frozenset({"users", "a", "connect"})] == 3
    assert found["gateway_request_outcomes_total", frozenset({"down", "users", "F50200"})] == 3
    assert found["gateway_errors_total", frozenset()] == 3
    assert in_the_last_day(node) == (3, 3)


def test_g261_a_gateway_in_one_process_counts_as_well(
    start: Start, token: str, upstream: int, environment: dict[str, str]
) -> None:
    node = start("--workers", "1")
    register(node, token, upstream)
    add_route(node, token, "/counted", name="counted")
    node.get("/counted")
    node.signal(signal.SIGTERM)
    assert node.end() == 0
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "gateway_project.asgi:application"]
    daphne = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def get(path: str, accept: str = "*/*") -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=30) as response:
            return str(response.read().decode())

    def answers() -> bool:
        try:
            return bool(get("/health/live"))
        except OSError:
            return False

    try:
        until(answers, 150)
        for _ in range(7):
            get("/counted")
        found = scraped(get("/metrics", "text/plain"))
        assert found["gateway_http_requests_total", frozenset({"counted", "users", "GET", "200", "2xx"})] == 7
        assert found["gateway_workers", frozenset()] == 1
        assert "gateway_requests_total 8\\n" in get("/metrics")
    finally:
        daphne.terminate()
        daphne.wait(20)
