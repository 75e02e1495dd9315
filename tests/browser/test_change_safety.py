"""A limit is changed with its effects shown first, and taken back again (G-500, G-501)."""

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
def limited(node: NodeProcess, upstream: int) -> str:
    """The id of a route with a limit, beside one that would lose its requests to it."""
    headers = {"Authorization": f"Bearer {access_tokens.administrator(USER)}", "Content-Type": "application/json"}
    service = {"service_name": "parcels"}
    bodies = (
        ("services", {**service, "instance_id": "parcels-1", "host": "127.0.0.1", "port": upstream}),
        ("routes", {**service, "path_pattern": "/parcels/track/*", "target_url": "/*", "name": "tracking"}),
        ("routes", {**service, "path_pattern": "/parcels/*", "target_url": "/*", "name": "parcels"}),
    )
    for path, body in bodies:
        values = body | ({"method": "GET", "rate_limit_rpm": 600} if path == "routes" else {})
        status, answer = node.request("POST", f"/admin/{path}", json.dumps(values).encode(), headers)
        assert status == 200, answer
    return str(json.loads(answer)["content"]["route_id"])


def test_g501_a_limit_is_previewed_saved_and_restored(watch: Watch, limited: str) -> None:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    page, address = watched.page, f"/console/routing/route/{limited}/change/"
    page.goto(address)
    page.click("summary:has-text('Limits and cache')")
    page.fill("#id_rate_limit_rpm", "60")
    page.fill("#id_priority", "20")
    page.click("button[name=_preview]")
    preview = page.locator("[data-preview]")
    preview.wait_for()
    assert all(words in preview.inner_text() for words in ("rate_limit_rpm", "600", "60", "tracking"))
    assert page.input_value("#id_rate_limit_rpm") == "60"
    watched.picture("console-preview")
    page.click("button[name=_save]")
    page.wait_for_url("**/console/routing/route/")
    page.goto(f"/console/routing/route/{limited}/history/")
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("link", name="Restore as it was before").click()
    restoring = page.locator("[data-preview]")
    restoring.wait_for()
    assert "600" in restoring.inner_text()
    page.get_by_role("button", name="Restore").click()
    page.wait_for_url("**/console/revisions/revision/*/change/")
    page.goto(address)
    assert (page.input_value("#id_rate_limit_rpm"), page.input_value("#id_priority")) == ("600", "0")
