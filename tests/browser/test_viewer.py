"""A person who may only look sees what is his, no button that is not, and is told so where he tries (G-227)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.browser.conftest import PASSWORD, USER
from tests.browser.watched_page import WatchedPage
from tests.common import access_tokens
from tests.common.node_process import ROOT, NodeProcess

Watch = Callable[..., WatchedPage]

VIEWER = "vera"
MADE = """
from django.contrib.auth.models import Group, User
vera = User.objects.create_user("vera", password="a-password-for-tests", is_staff=True)
vera.groups.set(Group.objects.get_or_create(name=name)[0] for name in ("viewer", "team-a"))
Group.objects.get_or_create(name="team-b")
"""
POSTED_TO = """address => {
    const form = document.getElementById('explain_form');
    form.action = address;
    form.submit();
}"""
LEADS_TO_A_CHANGE = (
    "button[name=_save], button[name=_continue], button[name=_addanother], button[name=_saveasnew], "
    "button[name=_preview], button[name=action], select[name=action], a[href$='/add/'], a[href$='/delete/'], "
    "a[href*='/send/'], [data-set], [data-break], .plugin-editor"
)


@pytest.fixture(scope="module")
def looked_at(node: NodeProcess, upstream: int, environment: dict[str, str]) -> dict[str, str]:
    """Ids of a route and a service of the viewer's team; beside them those of another's."""
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "--command", MADE]
    subprocess.run(command, env=os.environ | environment, check=True, timeout=150)
    headers = {"Authorization": f"Bearer {access_tokens.administrator(USER)}", "Content-Type": "application/json"}
    found = {}
    for owner in ("team-a", "team-b"):
        instance = {"service_name": f"of-{owner}", "instance_id": "one", "host": "127.0.0.1", "port": upstream}
        route = {"service_name": f"of-{owner}", "path_pattern": f"/of-{owner}/*", "target_url": "/*", "method": "ANY"}
        plugins = {"change_headers": {"request": {"set": {"X-Api-Key": "hush-hush"}}}}
        calls = (
            ("POST", "/admin/services", instance),
            ("PUT", f"/admin/services/of-{owner}/owner", {"owner": owner}),
            ("POST", "/admin/routes", route | {"plugins": plugins}),
        )
        for method, path, body in calls:
            status, answer = node.request(method, path, json.dumps(body).encode(), headers)
            assert status == 200, (path, answer)
        found[owner] = str(json.loads(answer)["content"]["route_id"])
    return found


def test_g227_a_viewer_sees_what_is_his_and_no_button_that_is_not(watch: Watch, looked_at: dict[str, str]) -> None:
    watched = watch(locale="en")
    watched.log_in(VIEWER, PASSWORD)
    page = watched.page
    links = page.eval_on_selector_all("#nav-sidebar-apps a", "all => all.map(a => a.getAttribute('href'))")
    pages = [link for link in links if link.startswith("/console/")]
    assert len(pages) >= 7
    assert not [link for link in pages if "globalplugin" in link or "/auth/" in link or "auditentry" in link]
    own = [f"/console/routing/route/{looked_at['team-a']}/change/", "/console/traffic/service/?name=of-team-a"]
    for link in [*pages, *own]:
        page.goto(link)
        page.wait_for_load_state()
        assert page.title()
        if "apitoken" not in link:  # his own tokens are his to make
            offered = page.locator(LEADS_TO_A_CHANGE)
            assert [offered.nth(place).inner_text() for place in range(offered.count())] == [], link
        assert "of-team-b" not in page.inner_text("#content, main"), link
        assert "hush-hush" not in page.content(), link
    page.goto(own[0])
    assert "/of-team-a/*" in page.inner_text("body")
    page.click("summary:has-text('Plugins')")
    assert '"X-Api-Key": "********"' in page.inner_text("body")
    watched.picture("console-viewer-route")
    page.get_by_role("link", name="Explain a request to it").click()
    page.wait_for_selector("[data-outcome]")


def test_g227_what_a_viewer_tries_all_the_same_is_refused_in_plain_words(
    watch: Watch, looked_at: dict[str, str]
) -> None:
    watched = watch(locale="en")
    watched.log_in(VIEWER, PASSWORD)
    page = watched.page
    page.goto("/console/explain/")
    for address in (
        f"/console/routing/route/{looked_at['team-a']}/change/",
        f"/console/routing/route/{looked_at['team-a']}/delete/",
        f"/console/send/{looked_at['team-a']}/",
        "/console/routing/route/add/",
        "/console/services/service/add/",
    ):
        page.evaluate(POSTED_TO, address)
        page.wait_for_selector("[data-refusal='403']")
        assert "Nothing was changed" in page.inner_text("[data-refusal]"), address
        assert page.locator("#nav-sidebar-apps").is_visible()
        page.goto("/console/explain/")
    page.goto(f"/console/routing/route/{looked_at['team-b']}/change/")
    assert "hush-hush" not in page.content()
    assert "/of-team-b/*" not in page.inner_text("body")
    page.goto("/console/no-such-page/")
    assert "no such page" in page.inner_text("[data-refusal='404']")
    page.goto(f"/console/send/{looked_at['team-a']}/")
    page.wait_for_selector("[data-refusal='403']")
    watched.picture("console-refusal")
    watched.troubles[:] = [one for one in watched.troubles if not is_refusal(one)]


def is_refusal(trouble: str) -> bool:
    """What this test asks for: the browser tells of pages that are refused."""
    return trouble.startswith(("403: ", "404: ")) or "status of 403" in trouble or "status of 404" in trouble
