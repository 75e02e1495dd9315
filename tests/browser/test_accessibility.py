"""No page of the console has a serious or critical fault by axe-core (WCAG 2.2 A and AA, and its best practices)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common import access_tokens
from tests.common.node_process import NodeProcess

Watch = Callable[..., WatchedPage]

GRAVE = ("serious", "critical")
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS = EVERYTHING | {"runOnly": ["color-contrast"]}
"""All that another colour scheme changes."""


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core, which a package for tests carries. Where services are required it must be there."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        required = os.environ.get("CI") or os.environ.get("GATEWAY_TEST_REQUIRE_SERVICES")
        (pytest.fail if required else pytest.skip)("there is no axe-core: install requirements-dev.txt")
    return str(Axe().axe_script)


@pytest.fixture(scope="module")
def rows(node: NodeProcess, upstream: int) -> dict[str, str]:
    """Something to see on the pages; ids by kind."""
    headers = {"Authorization": f"Bearer {access_tokens.administrator(USER)}", "Content-Type": "application/json"}
    service = {"service_name": "axed"}
    plugins = {"cors": {"allow_origins": ["*"]}, "change_headers": {"request": {"set": {"X-A": "1"}}}}
    route = {**service, "path_pattern": "/axed/*", "target_url": "/*", "method": "GET", "name": "axed"}
    bodies = (
        ("services", {**service, "instance_id": "axed-1", "host": "127.0.0.1", "port": upstream}, "instance_id"),
        ("permissions", {"permission_code": "axed.read", "permission_name": "Read"}, "permission_id"),
        ("routes", route | {"required_permissions": ["axed.read"], "plugins": plugins}, "route_id"),
        ("consumers", {"name": "axed"}, "consumer_id"),
    )
    found = {}
    for path, body, key in bodies:
        status, answer = node.request("POST", f"/admin/{path}", json.dumps(body).encode(), headers)
        assert status == 200, answer
        found[path] = str(json.loads(answer)["content"].get(key, ""))
    node.request("GET", "/axed/1")
    return found


def pages(page: Page, rows: dict[str, str]) -> list[str]:
    """Every page of the sidebar, the forms behind them, and those that only a row or a question leads to."""
    links = page.eval_on_selector_all("#nav-sidebar-apps a", "all => all.map(a => a.getAttribute('href'))")
    listed = [link for link in links if link.startswith("/console/")]
    found = [*listed]
    for link in listed:
        page.goto(link)
        for selector in ("a[href$='/add/']", "#result_list tbody th a, #result_list tbody td a[href$='/change/']"):
            if page.locator(selector).count():
                found.append(str(page.locator(selector).first.evaluate("a => a.pathname + a.search")))
    route = rows["routes"]
    return list(
        dict.fromkeys(
            [
                *found,
                f"/console/routing/route/{route}/change/",
                f"/console/routing/route/{route}/delete/",
                f"/console/routing/route/{route}/history/",
                f"/console/send/{route}/",
                "/console/routing/route/?q=GET /axed/1",
                "/console/explain/?path=/axed/1&user=erin",
                "/console/may/?user=erin",
                "/console/traffic/service/?name=axed",
                "/console/no-such-page/",
            ]
        )
    )


def faults(page: Page, axe: str, options: dict[str, Any]) -> list[str]:
    """What axe-core finds that is serious or worse, as `rule: element`."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(f"axe.run({json.dumps(options)})")
    return [
        f"{one['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[-160:]!r})"
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"][:3]
    ]


@pytest.mark.timeout(400)
def test_no_page_keeps_anybody_out(watch: Watch, axe: str, rows: dict[str, str]) -> None:
    light = watch(locale="en", color_scheme="light")
    found = walk(light, axe, rows, addresses := list[str](), EVERYTHING)
    assert len(found) > 35
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    dark = watch(locale="en", color_scheme="dark")
    found = walk(dark, axe, rows, addresses, COLOURS)
    assert len(found) > 35
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def walk(
    watched: WatchedPage, axe: str, rows: dict[str, str], addresses: list[str], options: dict[str, Any]
) -> dict[str, list[str]]:
    """What is wrong with the login page and each of `addresses`; where there are none yet, they are found first."""
    page = watched.page
    page.goto("/console/login/")
    found = {"login": faults(page, axe, options)}
    watched.log_in(USER, PASSWORD)
    addresses[:] = addresses or pages(page, rows)
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state()
        found[address] = faults(page, axe, options)
    page.goto(f"/console/send/{rows['routes']}/")
    page.click("#send_form button[type=submit]")
    page.wait_for_selector("#answer [data-status]")
    found["an answer"] = faults(page, axe, options)
    page.goto("/console/traffic/")
    watched.troubles[:] = [one for one in watched.troubles if "404" not in one]
    return found
