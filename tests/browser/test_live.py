"""What a real node does, in the console as it happens: requests, figures, instances; no page is loaded again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common.node_process import NodeProcess, until
from tests.common.watched_upstream import WatchedUpstream

Watch = Callable[..., WatchedPage]


def carried(node: NodeProcess, token: str, name: str, port: int, **fields: object) -> str:
    """The id of an instance of a new service of this name, which answers below /name/ without a token."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    instance = {"service_name": name, "instance_id": f"{name}-1", "host": "127.0.0.1", "port": port, **fields}
    route = {
        "service_name": name, "path_pattern": f"/{name}/*", "target_url": "/*", "method": "ANY", "name": name,
        "requires_auth": False, "circuit_breaker_enabled": True,
    }  # fmt: skip
    contents = []
    for path, body in (("/admin/services", instance), ("/admin/routes", route)):
        status, answer = node.request("POST", path, json.dumps(body).encode(), headers)
        assert status == 200, answer
        contents.append(json.loads(answer)["content"])
    return str(contents[0]["instance_id"])


@pytest.fixture
def catalogue(node: NodeProcess, token: str, upstream: int) -> None:
    if node.request("GET", "/live-catalogue/")[0] == 404:
        carried(node, token, "live-catalogue", upstream)


@pytest.fixture
def lender() -> Iterator[WatchedUpstream]:
    upstream = WatchedUpstream("lender")
    yield upstream
    upstream.close()


def shown(page: Page, node: NodeProcess, path: str) -> Locator:
    """The row of a request to this path, which is sent until the workers have heard that somebody watches."""
    row = page.locator(f"#live-rows tr:has-text('{path}')")

    def is_there() -> bool:
        node.request("GET", path)
        page.wait_for_timeout(300)
        return row.count() > 0

    until(is_there, 60, "the request in the page")
    return row.first


def test_requests_appear_as_they_end_and_open_into_their_details(
    watch: Watch, node: NodeProcess, catalogue: None
) -> None:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto("/console/traffic/")
    page.wait_for_selector("#live-dot[data-state=open]")
    assert page.is_visible("#live-empty")
    watched.picture("console-traffic-empty")
    shown(page, node, "/live-catalogue/first")
    assert not page.is_visible("#live-empty")
    for number in range(8):
        node.request("GET", f"/live-catalogue/books/{number}?full=1")
    node.request("POST", "/live-catalogue/books", b"{}")
    node.request("GET", "/no-such-page")
    page.wait_for_selector("#live-rows tr:has-text('/no-such-page')")
    page.click("#live-rows tr:has-text('/live-catalogue/books/3') .live-open")
    facts = page.inner_text("#live-facts")
    assert all(text in facts for text in ("live-catalogue-1", "live-catalogue", "127.0.0.1", "Request id"))
    assert page.get_attribute("[data-to=explain]", "href") == (
        "/console/explain/?method=GET&path=%2Flive-catalogue%2Fbooks%2F3%3Ffull%3D1"
    )
    watched.picture("console-traffic")
    page.keyboard.press("Escape")
    assert not page.is_visible("#live-detail")
    assert "books/3" in page.evaluate("document.activeElement.textContent")

    page.click("#live-pause")
    node.request("GET", "/live-catalogue/held")
    page.wait_for_selector("#live-count:text-matches('[1-9] waiting')")
    assert page.locator("#live-rows tr:has-text('/held')").count() == 0
    page.click("#live-pause")
    page.wait_for_selector("#live-rows tr:has-text('/live-catalogue/held')")

    page.select_option("#id_status", "4xx")
    page.wait_for_selector("#live-dot[data-state=open]")
    assert page.url.endswith("?status=4xx")
    shown(page, node, "/still-no-such-page")
    node.request("GET", "/live-catalogue/unseen")
    shown(page, node, "/no-page-either")
    assert page.locator("#live-rows tr:has-text('/unseen')").count() == 0
    page.click("#live-all")
    page.wait_for_selector("#live-empty:visible")
    shown(page, node, "/live-catalogue/last").locator(".live-open").click()
    page.click("[data-to=route]")
    page.wait_for_selector("#id_path_pattern")
    assert page.input_value("#id_path_pattern") == "/live-catalogue/*"


def test_the_overview_plots_the_traffic_of_the_moment_and_of_the_past(
    watch: Watch, node: NodeProcess, catalogue: None
) -> None:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.wait_for_selector("#overview #live-dot[data-state=open]")
    rate = page.locator("[data-figure=requests]")

    def is_moving() -> bool:
        for number in range(40):
            node.request("GET", f"/live-catalogue/{number}")
        page.wait_for_timeout(400)
        return rate.inner_text() not in ("–", "0 /s", "0.00 /s")

    until(is_moving, 60, "requests a second")
    assert "ms" in page.inner_text("[data-figure=p95]")
    page.wait_for_selector("[data-moment=workers] small:has-text('all serve revision')")
    assert page.locator("#plot-rate .plot-line").count() == 3
    assert "Requests: now" in page.get_attribute("#plot-rate svg", "aria-label")
    page.focus("#plot-rate svg")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#plot-rate .plot-cursor[visibility=visible]", state="attached")
    page.click("[data-span=week]")
    page.wait_for_selector("[data-span=week][aria-pressed=true]")
    page.wait_for_selector("#plot-past:has-text('Requests an hour')")
    watched.picture("console-overview")
    page.goto("/console/topology/")
    page.wait_for_selector("#topology a:has-text('/live-catalogue/*')")
    watched.picture("console-topology")


def test_an_instance_is_seen_to_leave_and_to_return_and_obeys_the_buttons(
    watch: Watch, node: NodeProcess, token: str, lender: WatchedUpstream
) -> None:
    instance = carried(node, token, "lender", lender.port, health_check_url="/health", health_check_interval_seconds=1)
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto("/console/traffic/service/?name=lender")
    row = f"#service-rows tr[data-id='{instance}']"
    page.wait_for_selector(f"{row} [data-field=health]:has-text('healthy')")
    lender.is_well = False
    page.wait_for_selector(f"{row}:has-text('its health check fails')")
    watched.picture("console-service")
    lender.is_well = True
    page.wait_for_selector(f"{row} [data-field=health]:text-is('healthy')")

    page.click(f"{row} [data-set=draining]")
    page.wait_for_selector(f"{row} [data-field=health]:text-is('draining')")
    assert node.request("GET", "/lender/1")[0] == 503
    assert page.input_value("#id_instances-0-status") == "draining"
    page.click(f"{row} [data-set=healthy]")
    page.wait_for_selector(f"{row} [data-field=health]:text-is('healthy')")
    assert node.request("GET", "/lender/1")[0] == 200

    page.click(f"{row} [data-break=open]")
    page.wait_for_selector(f"{row} small:has-text('by hand')")
    assert node.request("GET", "/lender/1")[0] == 503
    page.click(f"{row} [data-break=close]")
    page.wait_for_selector(f"{row} [data-field=breaker]:text-is('closed')")
    assert node.request("GET", "/lender/1")[0] == 200
