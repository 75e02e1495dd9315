"""The API in the browser: its description, and its pages for a person who is logged in."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage

Watch = Callable[..., WatchedPage]


def test_the_description_lists_the_endpoints_and_calls_one_with_a_token(watch: Watch, token: str) -> None:
    watched = watch(locale="en")
    page = watched.page
    page.goto("/swagger-ui")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() >= 22
    assert "List routes" in page.inner_text("#operations-routes-listRoutes")
    page.click("button.authorize")
    page.fill(".auth-container input", token)
    page.click(".auth-btn-wrapper .authorize")
    page.click(".btn-done")
    operation = page.locator("#operations-routes-listRoutes")
    operation.locator(".opblock-summary").click()
    operation.locator(".try-out__btn").click()
    operation.locator(".execute").click()
    answer = operation.locator(".live-responses-table .highlight-code").first
    answer.wait_for()
    assert '"code": "S10000"' in answer.inner_text()
    watched.picture("swagger")


def test_a_logged_in_person_reads_the_api_as_pages(watch: Watch) -> None:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    watched.page.goto("/admin/routes")
    text = watched.page.inner_text("body")
    assert "GET /admin/routes" in text
    assert '"S10000"' in text
    outside = watched.page.eval_on_selector_all("a[href^='http']", "all => all.map(a => a.href)")
    assert [link for link in outside if not link.startswith(watched.base)] == []
    watched.picture("api-pages")
