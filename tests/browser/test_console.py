"""What a person does in the console, through the gateway's own port."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common.node_process import NodeProcess

Watch = Callable[..., WatchedPage]

MORE_ROUTES = (
    ("users", "/api/v1/users/*", "/users/*", "GET", 10),
    ("users", "/api/v1/users/*/avatar", "/avatars/*", "PUT", 10),
    ("orders", "/api/v1/orders/*", "/orders/*", "ANY", 10),
    ("reports", "/api/v1/reports/*", "/reports/*", "GET", 5),
    ("search", "/api/v1/search", "/search", "POST", 0),
    ("catalogue", "/catalogue/*", "/*", "GET", 0),
)
"""Service, pattern, target, method, priority."""


@pytest.fixture
def console(watch: Watch) -> WatchedPage:
    watched = watch(locale="en")
    watched.log_in(USER, PASSWORD)
    return watched


@pytest.fixture
def no_routes(node: NodeProcess, token: str) -> None:
    """Other modules may have left some in the node that all share."""
    headers = {"Authorization": f"Bearer {token}"}
    listed = json.loads(node.request("GET", "/admin/routes?size=100", None, headers)[1])["content"]["routes"]
    for route in listed:
        assert node.request("DELETE", f"/admin/routes/{route['id']}", None, headers)[0] == 200


def choose(console: WatchedPage, field: str, text: str) -> None:
    """Pick from a field that searches."""
    console.page.click(f"#id_{field} + .select2")
    console.page.fill(".select2-search__field", text)
    console.page.click(f".select2-results__option:has-text('{text}')")


def fold_out(console: WatchedPage, heading: str) -> None:
    console.page.click(f"summary:has-text('{heading}')")


def add_routes(node: NodeProcess, token: str) -> None:
    """More rows for the list, through the API."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for service, path, target, method, priority in MORE_ROUTES:
        body = {"service_name": service, "path_pattern": path, "target_url": target, "method": method}
        body |= {"priority": priority, "name": path.strip("/*").replace("/", "-")}
        status, answer = node.request("POST", "/admin/routes", json.dumps(body).encode(), headers)
        assert status == 200, answer


def test_a_service_and_a_route_made_by_forms_carry_traffic_at_once(
    no_routes: None, console: WatchedPage, node: NodeProcess, upstream: int, token: str
) -> None:
    page = console.page
    assert "Nothing is forwarded yet" in page.inner_text("body")
    page.goto("/console/services/service/add/")
    page.fill("#id_name", "orders")
    page.click("text=Add another Service instance")
    page.fill("#id_instances-0-instance_id", "orders-1")
    page.fill("#id_instances-0-host", "127.0.0.1")
    page.fill("#id_instances-0-port", str(upstream))
    page.click("button[name=_save]")
    page.wait_for_url("**/console/services/service/")

    page.goto("/console/routing/route/add/")
    choose(console, "service", "orders")
    page.fill("#id_path_pattern", "/shop/orders/*")
    page.fill("#id_methods", "get\npost")
    page.fill("#id_target_url", "/orders/*")
    page.uncheck("#id_requires_auth")
    fold_out(console, "Notes")
    page.fill("#id_name", "shop-orders")
    page.evaluate("window.scrollTo(0, 0)")
    console.picture("console-route-form")
    page.click("button[name=_save]")
    page.wait_for_url("**/console/routing/route/")
    assert json.loads(node.get("/shop/orders/7?full=1"))["path"] == "/orders/7?full=1"
    row = page.inner_text("#result_list tbody")
    assert all(text in row for text in ("/shop/orders/*", "shop-orders", "GET,POST", "/orders/*", "orders"))
    add_routes(node, token)
    page.goto("/console/routing/route/")
    assert page.locator("#result_list tbody").count() == 1 + len(MORE_ROUTES)
    console.picture("console-routes")
    page.goto("/console/")
    assert "Nothing is forwarded yet" not in page.inner_text("body")


def test_a_refused_form_keeps_what_was_typed_and_opens_where_the_error_is(console: WatchedPage) -> None:
    page = console.page
    page.goto("/console/routing/route/add/")
    page.fill("#id_path_pattern", "/console/taken")
    page.fill("#id_target_url", "/somewhere")
    page.fill("#id_methods", "GET, POST")
    fold_out(console, "Further conditions")
    page.fill("#id_hosts", "not a host")
    page.fill("#id_header_conditions", "[{broken")
    page.click("button[name=_save]")
    page.wait_for_load_state()
    text = page.inner_text("body")
    assert "This path belongs to the gateway itself." in text
    typed = {name: page.input_value(f"#id_{name}") for name in ("path_pattern", "target_url", "methods", "hosts")}
    assert typed == {
        "path_pattern": "/console/taken",
        "target_url": "/somewhere",
        "methods": "GET, POST",
        "hosts": "not a host",
    }
    assert page.input_value("#id_header_conditions") == "[{broken"
    assert page.locator("#id_hosts").is_visible(), "the section with an error is open"


def test_the_language_is_the_browsers_until_another_is_chosen(watch: Watch) -> None:
    chinese = watch(locale="zh-TW")
    chinese.page.goto("/console/")
    assert "API 網關" in chinese.page.inner_text("body")
    chinese.picture("console-login-zh")
    chinese.log_in(USER, PASSWORD)
    sidebar = "#nav-sidebar-apps"
    assert "路由" in chinese.page.inner_text(sidebar)
    chinese.page.goto("/console/routing/route/")
    chinese.picture("console-routes-zh")
    chinese.page.evaluate("""() => [...document.querySelectorAll('input[name=language]')]
        .find(one => one.value === 'en').form.submit()""")
    chinese.page.wait_for_selector(f"{sidebar} >> text=Routes")
    assert "Revisions" in chinese.page.inner_text(sidebar)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_sidebar_opens_in_light_and_dark(watch: Watch, scheme: str) -> None:
    watched = watch(locale="en", color_scheme=scheme)
    watched.page.goto("/console/login/")
    watched.picture(f"console-login-{scheme}")
    watched.log_in(USER, PASSWORD)
    links = watched.page.eval_on_selector_all("#nav-sidebar-apps a", "all => all.map(a => a.getAttribute('href'))")
    assert len(links) >= 14
    is_dark = watched.page.evaluate("document.documentElement.classList.contains('dark')")
    assert is_dark == (scheme == "dark")
    for link in links if scheme == "light" else links[:3]:
        watched.page.goto(link)
        assert watched.page.title()


def test_whoever_logs_in_at_the_login_page_comes_to_the_overview(watch: Watch) -> None:
    watched = watch(locale="en")
    watched.page.goto("/console/login/")
    watched.page.fill("[name=username]", USER)
    watched.page.fill("[name=password]", PASSWORD)
    watched.page.click("form [type=submit]")
    watched.page.wait_for_url("**/console/")
