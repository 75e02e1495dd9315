"""A key made in the console opens a route at once (G-226)."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common.node_process import NodeProcess


def add_guarded_route(node: NodeProcess, token: str, upstream: int) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    instance = {"service_name": "tills", "instance_id": "tills-1", "host": "127.0.0.1", "port": upstream}
    route = {
        "service_name": "tills", "path_pattern": "/tills/*", "target_url": "/*", "method": "GET",
        "requires_auth": False, "plugins": {"key_auth": {}},
    }  # fmt: skip
    for path, body in (("/admin/services", instance), ("/admin/routes", route)):
        status, answer = node.request("POST", path, json.dumps(body).encode(), headers)
        assert status == 200, answer


def test_g226_a_key_made_by_the_form_is_shown_once_and_lets_its_consumer_in(
    watch: Callable[..., WatchedPage], node: NodeProcess, token: str, upstream: int
) -> None:
    add_guarded_route(node, token, upstream)
    console = watch(locale="en")
    console.log_in(USER, PASSWORD)
    page = console.page
    page.goto("/console/permissions/consumer/add/")
    page.fill("#id_name", "till-app")
    page.click("text=Add another Credential")
    page.fill("#id_credentials-0-name", "counter 1")
    console.picture("console-consumer-form")
    page.click("button[name=_save]")
    page.wait_for_selector("[data-key]")
    console.picture("console-new-key")
    key = page.inner_text("[data-key]")
    assert node.request("GET", "/tills/1", None, {"X-API-Key": key})[0] == 200
    assert node.request("GET", "/tills/1", None, {"X-API-Key": key[:-1]})[0] == 401
    page.get_by_role("link", name="Back", exact=True).click()
    page.wait_for_selector("#id_credentials-0-name")
    assert page.input_value("#id_credentials-0-identifier") == key[:11]
    assert key not in page.content()
    console.picture("console-consumer")
