"""What the control plane tells browsers: policy, cookies, caches (A5, A6, C5)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from unfold.settings import CONFIG_DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db
PAGES = ["/console/", "/console/login/", "/console/routing/route/add/", "/swagger-ui", "/openapi.json", "/health/live",
         "/admin/routes", "/nowhere", "/static/gateway/theme.css"]  # fmt: skip


@pytest.fixture
def console(client: Client, admin_user) -> Client:
    client.force_login(admin_user)
    return client


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("path", PAGES)
def test_a5_every_reply_has_a_policy_without_inline_scripts_or_style_elements(console: Client, path: str) -> None:
    reply = console.get(path, headers={"Accept": "text/html, */*"})
    found = directives(reply["Content-Security-Policy"])
    assert found["default-src"] == "'none'"
    assert found["frame-ancestors"] == "'none'"
    assert found["base-uri"] == "'none'"
    for name in ("script-src", "style-src"):
        assert "unsafe-inline" not in found.get(name, "")
        assert not re.search(r"https?:|\*|data:", found.get(name, ""))
    assert ("unsafe-eval" in found.get("script-src", "")) <= path.startswith("/console/")
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["X-Frame-Options"] == "DENY"
    assert reply["Referrer-Policy"] == "same-origin"
    assert reply["Cross-Origin-Opener-Policy"] == "same-origin"
    assert reply["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", [path for path in PAGES if not path.startswith("/static/")])
def test_c5_no_reply_of_the_control_plane_is_stored(console: Client, path: str) -> None:
    assert "no-store" in console.get(path)["Cache-Control"]


def test_a5_tokens_are_stored_nowhere_on_their_way(client: Client) -> None:
    """RFC 6749 section 5.1."""
    get_user_model().objects.create_user("anna", password="right-horse-battery")
    body = {"username": "anna", "password": "right-horse-battery"}
    reply = client.post("/admin/auth/token", body, content_type="application/json")
    assert (reply.status_code, reply["Cache-Control"]) == (200, "no-store")


def test_a5_https_is_told_to_browsers_that_came_by_it(client: Client, settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert "Strict-Transport-Security" not in client.get("/health/live")
    assert client.get("/health/live", secure=True, headers={"X-Forwarded-Proto": "https"})["Strict-Transport-Security"]


def log_in(client: Client, password: str = "right-horse-battery"):
    page = client.get("/console/login/")
    token = page.context["csrf_token"]
    data = {"username": "anna", "password": password, "csrfmiddlewaretoken": str(token), "next": "/console/"}
    return client.post("/console/login/", data)


@pytest.fixture
def anna(db):
    return get_user_model().objects.create_superuser("anna", password="right-horse-battery")


def test_a5_cookies_are_of_this_host_alone_over_tls_and_out_of_reach_of_scripts(anna, settings) -> None:
    client = Client(enforce_csrf_checks=True)
    assert log_in(client).status_code == 302
    session, csrf = client.cookies["__Host-gateway_session"], client.cookies["__Host-gateway_csrf"]
    for cookie, same_site in ((session, "Lax"), (csrf, "Strict")):
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, same_site)
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert session["max-age"] == 43_200 == settings.SESSION_COOKIE_AGE


def test_a5_a_login_gets_a_new_session_and_a_new_password_ends_the_old_ones(anna) -> None:
    client, other = Client(), Client()
    log_in(client)
    before = client.cookies["__Host-gateway_session"].value
    client.logout()
    log_in(client)
    log_in(other)
    assert client.cookies["__Host-gateway_session"].value != before
    anna.set_password("another-horse-battery")
    anna.save()
    for one in (client, other):
        assert one.get("/console/").status_code == 302


def test_a5_a_session_somebody_else_chose_is_not_taken(anna) -> None:
    client = Client()
    client.cookies["__Host-gateway_session"] = "chosen-by-an-attacker-0123456789"
    log_in(client)
    assert client.cookies["__Host-gateway_session"].value != "chosen-by-an-attacker-0123456789"


@pytest.mark.parametrize("path", ["/console/login/", "/console/routing/route/add/", "/console/language/setlang/"])
def test_a5_a_form_of_another_site_is_refused(anna, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    assert client.post(path, {"username": "anna"}, headers={"Origin": "https://evil.example"}).status_code == 403


def test_the_colours_in_the_file_are_the_themes_but_for_the_consoles_own_blue() -> None:
    text = (ROOT / "gateway_project" / "static" / "gateway" / "theme.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--color-([a-z0-9-]+): ([^;]+);", text))
    theme = {
        f"{name}-{weight}": value
        for name, weights in CONFIG_DEFAULTS["COLORS"].items()
        for weight, value in weights.items()
    }
    assert found.keys() == theme.keys()
    assert {name for name in theme if found[name] != theme[name]} == {
        name for name in theme if name.startswith("primary-")
    }
