"""A node on this machine and Chromium beside it. Every page is watched: its errors, and whom it asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from proxy.demo.upstream import EchoHandler
from tests.browser.watched_page import WatchedPage
from tests.common import access_tokens
from tests.common.migrated_state import migrated_state
from tests.common.node_process import ROOT, NodeProcess

USER, PASSWORD = "operator", "a-password-for-tests"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MANAGE = [sys.executable, str(ROOT / "manage.py")]

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium. Where services are required, its absence is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        required = os.environ.get("CI") or os.environ.get("GATEWAY_TEST_REQUIRE_SERVICES")
        (pytest.fail if required else pytest.skip)("there is no chromium: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """For one module: Playwright runs an event loop in this thread, which no other test may meet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def upstream() -> Iterator[int]:
    """Port of a service that answers with what reached it."""
    handler = type("Handler", (EchoHandler,), {"instance_name": "orders-1"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A state directory with a migrated database and one administrator."""
    state = tmp_path_factory.mktemp("browser")
    settings = {"GATEWAY_STATE_DIR": str(state), "GATEWAY_ACCESS_LOG": "", "GATEWAY_DRAIN_SECONDS": "1"}
    settings["GATEWAY_MIN_HEALTH_INTERVAL"] = "1"
    login = {"DJANGO_SUPERUSER_USERNAME": USER, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    migrated_state(state)
    command = [*MANAGE, "createsuperuser", "--noinput", "--email", "", "--verbosity", "0"]
    subprocess.run(command, env=os.environ | settings | login, check=True, timeout=150)
    return settings


@pytest.fixture(scope="session")
def node(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    command = [*MANAGE, "gateway", "--bind", "127.0.0.1:0", "--workers", "2"]
    with NodeProcess(command, tmp_path_factory.mktemp("node"), environment) as node:
        yield node


@pytest.fixture
def token() -> str:
    return access_tokens.administrator(USER)


@pytest.fixture
def watch(browser: Browser, node: NodeProcess) -> Iterator[Callable[..., WatchedPage]]:
    """Opens pages; at the end none of them has shown an error or asked another host."""
    opened: list[WatchedPage] = []

    def watch(**options: Any) -> WatchedPage:
        base = f"http://127.0.0.1:{node.ports[0]}"
        context = browser.new_context(base_url=base, viewport={"width": 1280, "height": 800}, **options)
        context.set_default_timeout(30_000)
        opened.append(WatchedPage(context.new_page(), base))
        return opened[-1]

    yield watch
    for page in opened:
        page.page.context.close()
    assert [trouble for page in opened for trouble in page.troubles] == []
