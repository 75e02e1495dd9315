"""From a path to its route, from the route to a real request, from the request to its explanation."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common import access_tokens
from tests.common.node_process import NodeProcess, until

Watch = Callable[..., WatchedPage]


@pytest.fixture(scope="module")
def fruit(node: NodeProcess, upstream: int) -> str:
    """The id of the narrower of two routes; it wants a token."""
    headers = {"Authorization": f"Bearer {access_tokens.administrator(USER)}", "Content-Type": "application/json"}
    service = {"service_name": "fruit"}
    bodies = (
        ("services", {**service, "instance_id": "fruit-1", "host": "127.0.0.1", "port": upstream}),
        ("routes", {**service, "path_pattern": "/fruit/*", "target_url": "/*", "method": "ANY", "name": "fruit"}),
        ("routes", {**service, "path_pattern": "/fruit/apples/*", "target_url": "/apples/*", "name": "apples"}),
    )
    for path, body in bodies:
        values = {"method": "GET", **body} if path == "routes" else body
        status, answer = node.request("POST", f"/admin/{path}", json.dumps(values).encode(), headers)
        assert status == 200, answer
    return str(json.loads(answer)["content"]["route_id"])


def test_a_path_typed_into_the_search_finds_the_route_that_takes_it_and_why(watch: Watch, fruit: str) -> None:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto("/console/routing/route/")
    page.fill("#searchbar", "GET shop.example.com/fruit/apples/7?ripe=1")
    page.keyboard.press("Enter")
    found = page.locator("[data-found]")
    found.wait_for()
    assert all(words in found.inner_text() for words in ("/fruit/apples/*", "apples", "Path", "Method"))
    page.fill("#searchbar", "POST /fruit/apples/7")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-found]:has-text('POST /fruit/apples/7')")
    assert "/fruit/*" in found.locator("strong").inner_text()
    watched.picture("console-route-search")
    page.fill("#searchbar", "apples")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result_list")
    assert found.count() == 0
    assert "/fruit/apples/*" in page.inner_text("#result_list")


def test_a_test_request_is_sent_from_the_routes_page_and_followed_from_there(watch: Watch, fruit: str) -> None:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto(f"/console/routing/route/{fruit}/change/")
    page.get_by_role("link", name="Send a test request").click()
    path = page.get_by_label("Path")
    assert path.input_value() == "/fruit/apples/x"
    path.fill("/fruit/apples/7?ripe=1")
    page.click("summary:has-text('Headers and body')")
    page.get_by_label("Headers").fill("X-Colour: red")

    def is_recorded() -> bool:
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_selector("#answer [data-status='200']")
        return page.locator("[data-record]").count() > 0

    until(is_recorded, 60, "the record of the request")
    assert "fruit-1" in page.inner_text("[data-record]")
    told = json.loads(page.inner_text("[data-body]"))
    assert told["path"] == "/apples/7?ripe=1"
    assert told["headers"]["x-colour"] == "red"
    assert told["headers"]["x-user-id"] == USER
    assert told["headers"].get("authorization", "Bearer ********") == "Bearer ********"
    request_id = page.inner_text("[data-request-id]")
    assert told["headers"]["x-request-id"] == request_id
    page.set_viewport_size({"width": 1280, "height": 1250})
    watched.picture("console-send")
    page.get_by_role("link", name="Explain this request").click()
    page.wait_for_selector("[data-outcome]")
    assert "Forwarded" in page.inner_text("[data-outcome]")


def test_the_page_tells_what_is_refused_in_chinese_in_the_dark_and_on_a_narrow_screen(watch: Watch, fruit: str) -> None:
    watched = watch(locale="zh-TW", color_scheme="dark")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto(f"/console/send/{fruit}/")
    page.fill("#id_user", "")
    page.click("#send_form button[type=submit]")
    page.wait_for_selector("#answer [data-status='401']")
    watched.picture("console-send-zh-dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs over the edge"
    watched.picture("console-send-narrow")
    page.goto("/console/routing/route/?q=/fruit/apples/7")
    page.wait_for_selector("[data-found]")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs over the edge"
    watched.picture("console-route-search-narrow")
