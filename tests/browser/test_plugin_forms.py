"""Plugins are configured by forms made from their schemas, on every page that binds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common import access_tokens
from tests.common.node_process import NodeProcess

Watch = Callable[..., WatchedPage]
Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call(node: NodeProcess, token: str) -> Call:
    """A call of the API: the content of its answer."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(method: str, path: str, body: object = None) -> dict[str, Any]:
        status, answer = node.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        assert status == 200, answer
        found: dict[str, Any] = json.loads(answer)["content"]
        return found

    return call


@pytest.fixture(scope="module")
def parcels(node: NodeProcess, upstream: int) -> str:
    """Path of the page of a route without plugins."""
    headers = {"Authorization": f"Bearer {access_tokens.administrator(USER)}", "Content-Type": "application/json"}
    instance = {"service_name": "forms", "instance_id": "forms-1", "host": "127.0.0.1", "port": upstream}
    route = {"service_name": "forms", "path_pattern": "/forms/*", "target_url": "/*", "method": "GET"}
    for path, body in (("services", instance), ("routes", route | {"requires_auth": False})):
        status, answer = node.request("POST", f"/admin/{path}", json.dumps(body).encode(), headers)
        assert status == 200, answer
    return str(json.loads(answer)["content"]["route_id"])


def opened(watched: WatchedPage, route: str) -> Page:
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto(f"/console/routing/route/{route}/change/")
    page.click("summary:has-text('Plugins'), summary:has-text('插件')")
    page.wait_for_selector(".plugin-editor")
    return page


def bound(page: Page, name: str) -> Locator:
    """Adds a plugin from the list; its card."""
    page.click(".plugin-add > summary")
    page.click(f".plugin-pick:has(code:text-is('{name}'))")
    return card(page, name)


def card(page: Page, name: str) -> Locator:
    return page.locator(f".plugin-card:has(h3 code:text-is('{name}'))")


def saved(page: Page) -> None:
    page.click("button[name=_continue]")
    page.wait_for_selector("text=was changed successfully")


def test_plugins_are_added_from_the_list_filled_in_and_kept_with_their_secrets(
    watch: Watch, node: NodeProcess, parcels: str, call: Call
) -> None:
    watched = watch(locale="en")
    page = opened(watched, parcels)
    assert not page.locator("#id_plugins").is_visible()
    cors = bound(page, "cors")
    assert page.evaluate("document.activeElement.closest('.plugin-row').innerText").startswith("allow_origins")
    assert "required" in cors.locator(".plugin-row").nth(1).inner_text()
    cors.get_by_label("allow_origins").fill("https://app.example.com\nhttps://*.example.org")
    cors.get_by_label("allow_credentials").check()
    cors.get_by_label("max_age_seconds").fill("60")
    headers = bound(page, "change_headers")
    headers.get_by_role("button", name="Add request").click()
    headers.get_by_role("button", name="Add set").click()
    headers.get_by_role("button", name="Add set").click()
    headers.get_by_placeholder("Name").fill("X-Api-Key")
    headers.get_by_label("Value").fill("hush-hush")
    assert headers.get_by_label("Value").get_attribute("type") == "password"
    limits = bound(page, "rate_limit")
    limits.get_by_role("button", name="Add rules").click()
    limits.get_by_role("button", name="Add rules").click()
    limits.get_by_role("combobox", name="by").select_option(label="address")
    limits.get_by_label("limit required").fill("100")
    limits.get_by_label("window_seconds").fill("60")
    page.evaluate("document.querySelector('.plugin-editor').closest('details').scrollIntoView()")
    watched.picture("console-plugin-forms")
    saved(page)
    stored = call("GET", f"/admin/routes/{parcels}")["plugins"]
    assert stored == {
        "cors": {
            "allow_origins": ["https://app.example.com", "https://*.example.org"],
            "allow_credentials": True,
            "max_age_seconds": 60,
        },
        "change_headers": {"request": {"set": {"X-Api-Key": "hush-hush"}}},
        "rate_limit": {"rules": [{"by": "address", "limit": 100, "window_seconds": 60}]},
    }
    assert json.loads(node.get("/forms/1"))["headers"]["x-api-key"] == "hush-hush"
    assert "hush-hush" not in page.content()
    page.click("summary:has-text('Plugins')")
    card(page, "cors").get_by_label("allow_credentials").uncheck()
    saved(page)
    stored["cors"].pop("allow_credentials")
    assert call("GET", f"/admin/routes/{parcels}")["plugins"] == stored


def test_a_mistake_is_told_at_its_field_and_nothing_typed_is_lost(watch: Watch, parcels: str, call: Call) -> None:
    call("PUT", f"/admin/routes/{parcels}", {"plugins": {}})
    watched = watch(locale="en")
    page = opened(watched, parcels)
    sizes = bound(page, "request_size_limit")
    sizes.get_by_label("max_body_bytes").fill("a lot")
    cors = bound(page, "cors")
    cors.get_by_label("allow_origins").fill("https://fine.example.com\nNOT-an-origin")
    bound(page, "mirror").get_by_label("percent").fill("101")
    page.click("button[name=_continue]")
    page.wait_for_selector(".plugin-card .own-errors li")
    wrong = {one.get_attribute("id"): one for one in page.locator(".plugin-card [aria-invalid]").all()}
    assert len(wrong) == 4, "size, origins, service of the mirror, percent"
    sizes, cors, mirror = (card(page, name) for name in ("request_size_limit", "cors", "mirror"))
    assert sizes.get_by_label("max_body_bytes").input_value() == "a lot"
    assert "is not of type 'integer'" in sizes.inner_text()
    assert cors.get_by_label("allow_origins").input_value() == "https://fine.example.com\nNOT-an-origin"
    assert "Line 2: 'NOT-an-origin' is not an origin" in cors.inner_text()
    assert mirror.get_by_label("percent").input_value() == "101"
    assert "'service' is a required property" in mirror.inner_text()
    assert page.locator(".errorlist li:visible").count() == 0, "told once, at the field"
    sizes.scroll_into_view_if_needed()
    watched.picture("console-plugin-mistake")


def test_what_no_form_can_say_is_said_as_json_and_comes_back(watch: Watch, parcels: str, call: Call) -> None:
    call("PUT", f"/admin/routes/{parcels}", {"plugins": {"redirect": {"https": True}, "cors": {"enabled": False}}})
    watched = watch(locale="en")
    page = opened(watched, parcels)
    assert card(page, "redirect").get_by_label("https").is_checked()
    assert not card(page, "cors").get_by_label("Switched on").is_checked()
    page.get_by_role("button", name="JSON", exact=True).click()
    area = page.locator("#id_plugins")
    area.fill('{"request_validation": {"body_schema": {"type": "object"}}')
    page.get_by_role("button", name="Form", exact=True).click()
    assert "There is no form for this text" in page.inner_text("body")
    assert area.is_visible()
    area.fill('{"request_validation": {"body_schema": {"type": "object"}}}')
    page.get_by_role("button", name="Form", exact=True).click()
    body = card(page, "request_validation").get_by_label("body_schema")
    assert json.loads(body.input_value()) == {"type": "object"}
    body.fill('{"type": ')
    page.click("button[name=_continue]")
    assert page.evaluate("document.activeElement === document.querySelector('.plugin-card [aria-invalid]')")
    body.fill('{"type": "array"}')
    card(page, "request_validation").get_by_label("max_body_bytes").fill("9000")
    saved(page)
    wanted = {"request_validation": {"body_schema": {"type": "array"}, "max_body_bytes": 9000}}
    assert call("GET", f"/admin/routes/{parcels}")["plugins"] == wanted


def test_a_global_plugin_has_the_form_of_the_one_that_is_chosen(watch: Watch, call: Call) -> None:
    watched = watch(locale="zh-TW", color_scheme="dark")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto("/console/routing/globalplugin/add/")
    page.select_option("#id_name", "fault_injection")
    page.get_by_role("button", name="新增 delay").click()
    page.get_by_label("seconds").fill("0.5")
    page.select_option("#id_name", "request_size_limit")
    page.get_by_label("max_body_bytes").fill("1000")
    page.select_option("#id_name", "fault_injection")
    assert page.get_by_label("seconds").input_value() == "0.5"
    watched.picture("console-plugin-global-zh-dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs over the edge"
    watched.picture("console-plugin-narrow")
    page.get_by_label("percent").first.fill("0")
    page.click("button[name=_save]")
    page.wait_for_url("**/console/routing/globalplugin/")
    listed = call("GET", "/admin/plugins/global")["plugins"]
    assert {"name": "fault_injection", "config": {"delay": {"seconds": 0.5, "percent": 0}}} in listed
    call("DELETE", "/admin/plugins/global/fault_injection")


def test_services_and_consumers_have_the_forms_too(watch: Watch, call: Call, parcels: str) -> None:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    page = watched.page
    page.goto("/console/permissions/consumer/add/")
    page.fill("#id_name", "form-app")
    page.locator(".plugin-add > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".plugin-pick:has-text('cors')").count() == 0, "it comes before a consumer is known"
    page.locator(".plugin-pick:has(code:text-is('request_size_limit'))").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("77")
    page.click("button[name=_save]")
    page.wait_for_url("**/console/permissions/consumer/")
    found = {one["name"]: one["plugins"] for one in call("GET", "/admin/consumers")["consumers"]}
    assert found["form-app"] == {"request_size_limit": {"max_body_bytes": 77}}
    page.goto("/console/traffic/service/?name=forms")
    page.click("summary:has-text('Plugins')")
    bound(page, "key_auth").get_by_label("hide_credentials").uncheck()
    saved(page)
    assert call("GET", "/admin/services/forms/plugins/key_auth")["config"] == {"hide_credentials": False}
    call("DELETE", "/admin/services/forms/plugins/key_auth")
