"""Why a request is refused, asked in the console (G-410)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common import access_tokens
from tests.common.node_process import NodeProcess

Watch = Callable[..., WatchedPage]


@pytest.fixture(scope="module")
def guarded(node: NodeProcess, upstream: int) -> str:
    """A path below a route that demands a permission which nobody holds."""
    headers = {"Authorization": f"Bearer {access_tokens.administrator(USER)}", "Content-Type": "application/json"}
    service = {"service_name": "ledger"}
    bodies = (
        ("services", {**service, "instance_id": "ledger-1", "host": "127.0.0.1", "port": upstream}),
        ("permissions", {"permission_code": "ledger.read", "permission_name": "Read the ledger"}),
        ("routes", {**service, "path_pattern": "/ledger/*", "target_url": "/*", "method": "ANY", "name": "ledger"}),
        (
            "routes",
            {
                **service, "path_pattern": "/ledger/entries/*", "target_url": "/entries/*", "method": "GET",
                "name": "ledger-entries", "required_permissions": ["ledger.read"], "rate_limit_rpm": 600,
            },
        ),
    )  # fmt: skip
    for path, body in bodies:
        status, answer = node.request("POST", f"/admin/{path}", json.dumps(body).encode(), headers)
        assert status == 200, answer
    return "/ledger/entries/7"


def test_g410_a_403_is_explained_down_to_the_permission_that_is_missing(watch: Watch, guarded: str) -> None:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto("/console/explain/")
    page.get_by_label("Path").fill(guarded)
    page.get_by_label("User", exact=True).fill("erin")
    page.keyboard.press("Enter")
    answer = page.locator("[data-outcome]")
    answer.wait_for()
    assert all(words in answer.inner_text() for words in ("Refused", "F40003", "403", "ledger.read"))
    assert page.get_by_label("User", exact=True).input_value() == "erin"
    assert "ledger-entries" in page.inner_text("#answer")
    page.set_viewport_size({"width": 1280, "height": 1080})
    watched.picture("console-explain")
    answer.get_by_role("link", name="Add a grant").click()
    page.wait_for_selector("#id_user")
    assert page.input_value("#id_user") == "erin"


def test_the_page_reads_in_chinese_in_the_dark_and_on_a_narrow_screen(watch: Watch, guarded: str) -> None:
    watched = watch(locale="zh-TW", color_scheme="dark")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto(f"/console/explain/?path={guarded}")
    assert "已拒絕" in page.inner_text("[data-outcome]")
    watched.picture("console-explain-zh-dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs over the edge"
    watched.picture("console-explain-narrow")
