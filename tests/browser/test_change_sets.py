"""Change sets, files, deletions and actions of lists, as somebody goes through them (G-500, G-501, G-502)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common import access_tokens
from tests.common.node_process import NodeProcess

Watch = Callable[..., WatchedPage]
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 800}
DOCUMENT = """\
format: 1
services:
  - name: invoices
    instances:
      - instance_id: invoices-1
        host: 10.0.0.7
        port: 8080
routes:
  - name: invoices
    service_name: invoices
    path_pattern: /invoices/*
    method: GET
    target_url: /*
    rate_limit_rpm: {limit}
"""


@pytest.fixture(scope="module")
def routes(node: NodeProcess, upstream: int) -> dict[str, str]:
    """Routes of a service, by their names: their ids."""
    headers = {"Authorization": f"Bearer {access_tokens.administrator(USER)}", "Content-Type": "application/json"}
    service = {"service_name": "letters"}
    bodies = [
        ("services", {**service, "instance_id": "letters-1", "host": "127.0.0.1", "port": upstream}),
        *(
            ("routes", {**service, "path_pattern": path, "target_url": "/*", "name": name, "method": "GET"})
            for name, path in (("letters", "/letters/*"), ("stamps", "/letters/stamps/*"), ("parcels", "/boxes/*"))
        ),
    ]
    found = {}
    for path, body in bodies:
        status, answer = node.request("POST", f"/admin/{path}", json.dumps(body).encode(), headers)
        assert status == 200, answer
        found[str(body.get("name"))] = str(json.loads(answer)["content"].get("route_id"))
    return found


@pytest.fixture
def console(watch: Watch) -> WatchedPage:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    return watched


def pictures(console: WatchedPage, name: str) -> None:
    """Wide, narrow, and the page still fits the window then."""
    console.picture(name)
    console.page.set_viewport_size(NARROW)
    width = console.page.evaluate("document.documentElement.scrollWidth")
    console.picture(f"{name}-narrow")
    console.page.set_viewport_size(WIDE)
    assert width <= NARROW["width"], f"{name} is wider than a phone"


def test_g501_two_edits_are_kept_in_one_set_previewed_and_published(console: WatchedPage, routes) -> None:
    page = console.page
    page.goto("/console/configuration/changeset/")
    assert "No change set yet" in page.inner_text("#main")
    pictures(console, "console-changesets-empty")
    page.goto(f"/console/routing/route/{routes['letters']}/change/")
    page.fill("#id_priority", "20")
    page.click("button[name=_draft]")
    panel = page.locator("[data-draft]")
    panel.wait_for()
    assert "stamps" in page.locator("[data-preview]").inner_text()
    page.get_by_label("Reason").fill("Letters come first")
    pictures(console, "console-draft")
    page.click("button[name=_keep]")
    page.wait_for_url("**/console/configuration/changeset/*/change/")
    page.goto(f"/console/routing/route/{routes['stamps']}/change/")
    page.click("summary:has-text('Limits and cache')")
    page.fill("#id_rate_limit_rpm", "30")
    page.click("button[name=_draft]")
    page.locator("[data-draft]").wait_for()
    page.click("button[name=_keep]")
    page.wait_for_url("**/console/configuration/changeset/*/change/")
    assert page.locator("ol.own-list > li").count() == 2
    page.click("button[name=_preview]")
    preview = page.locator("[data-preview]")
    preview.wait_for()
    assert all(words in preview.inner_text() for words in ("priority", "20", "stamps"))
    pictures(console, "console-changeset")
    page.fill("#id_reason", "Letters come before stamps")
    page.click("button[name=_publish]")
    page.wait_for_selector("text=Change set published as revision")
    assert page.locator("button[name=_publish]").count() == 0
    pictures(console, "console-changeset-published")
    page.goto("/console/configuration/changeset/")
    assert "Letters come before stamps" in page.inner_text("#result_list")
    pictures(console, "console-changesets")
    page.goto(f"/console/routing/route/{routes['letters']}/change/")
    assert page.input_value("#id_priority") == "20"


def test_g501_a_set_waits_for_its_time_and_is_discarded(console: WatchedPage, routes) -> None:
    page = console.page
    page.goto(f"/console/routing/route/{routes['parcels']}/change/")
    page.fill("#id_priority", "7")
    page.click("button[name=_draft]")
    page.locator("[data-draft]").wait_for()
    page.get_by_label("Reason").fill("Boxes at night")
    page.get_by_label("Change set", exact=True).select_option(label="A new change set")
    page.click("button[name=_keep]")
    page.wait_for_url("**/console/configuration/changeset/*/change/")
    page.fill("#id_publish_at", "2099-01-01T03:00")
    page.click("button[name=_save]")
    page.wait_for_selector("dd:has-text('2099-01-01 03:00')")
    assert "scheduled" in page.inner_text(".own-record")
    page.click("summary:has-text('Discard')")
    page.click("button[name=_discard]")
    page.wait_for_url("**/console/configuration/changeset/")
    assert "Boxes at night" not in page.inner_text("#main")


def test_g502_a_document_with_a_mistake_is_mended_planned_and_applied(console: WatchedPage) -> None:
    page = console.page
    page.goto("/console/files/")
    page.fill("#id_content", DOCUMENT.format(limit=0))
    page.click("button[name=_plan]")
    problems = page.locator("[data-problems]")
    problems.wait_for()
    assert all(words in problems.inner_text() for words in ("line 9", "rate_limit_rpm"))
    pictures(console, "console-import-problems")
    page.fill("#id_content", DOCUMENT.format(limit=60))
    page.click("button[name=_plan]")
    plan = page.locator("[data-plan]")
    plan.wait_for()
    assert all(words in plan.inner_text() for words in ("invoices/invoices-1", "rate_limit_rpm", "60"))
    pictures(console, "console-import")
    page.get_by_label("Reason").first.fill("Invoices are ours now")
    page.click("button[name=_apply]")
    page.wait_for_selector("text=Imported as revision")
    page.goto("/console/files/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.endswith(".yaml")


def test_g160_a_deletion_tells_what_it_would_do_and_has_a_way_back(console: WatchedPage, routes) -> None:
    page = console.page
    page.goto(f"/console/routing/route/{routes['parcels']}/delete/")
    preview = page.locator("[data-preview]")
    assert "parcels" in preview.inner_text()
    pictures(console, "console-delete")
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.wait_for_url("**/console/routing/route/")
    page.get_by_role("link", name="Deleted ones").click()
    page.get_by_role("link", name="Bring parcels back").wait_for()
    pictures(console, "console-deleted")
    page.get_by_role("link", name="Bring parcels back").click()
    page.get_by_role("button", name="Restore").click()
    page.wait_for_url("**/console/revisions/revision/*/change/")
    page.goto(f"/console/routing/route/{routes['parcels']}/change/")
    assert page.locator("#id_path_pattern").input_value() == "/boxes/*"


def test_a_label_is_given_to_several_routes_from_their_list(console: WatchedPage, routes) -> None:
    page = console.page
    page.goto("/console/routing/route/?q=letters")
    page.locator("#result_list input[name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option("give_label")
    page.get_by_role("button", name="Run").click()
    page.fill("#id_key", "team")
    page.fill("#id_value", "post")
    page.click("button[name=_preview]")
    page.locator("[data-preview]").wait_for()
    pictures(console, "console-bulk")
    page.click("button[name=_apply]")
    page.wait_for_selector("text=Rows changed: 1.")


@pytest.mark.parametrize("locale", ["en", "zh-TW"])
def test_the_pages_open_in_the_dark_and_in_both_languages(watch: Watch, routes, locale: str) -> None:
    watched = watch(locale=locale, color_scheme="dark")
    watched.log_in(USER, PASSWORD)
    for name, address in (
        ("changesets", "/console/configuration/changeset/"),
        ("files", "/console/files/"),
        ("delete", f"/console/routing/route/{routes['letters']}/delete/"),
        ("deleted", "/console/routing/route/deleted/"),
    ):
        watched.page.goto(address)
        assert watched.page.title()
        watched.picture(f"console-{name}-dark-{locale}")
