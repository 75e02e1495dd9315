"""/console/send/: who may change a route may send it a request, and it alone, and that is written down (G-227)."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from permissions.models import AuditEntry, Consumer
from proxy.traffic import own_listener
from tests.common.factories import make_instance, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


class Listener(http.server.BaseHTTPRequestHandler):
    """Stands where the node's traffic listener is, and tells what it got."""

    protocol_version = "HTTP/1.1"
    body = b"<script>zq()</script>"

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers, sent))
        body = self.body or str(self.headers.get("Authorization")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-Request-ID", "the-id")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 - as the library calls it

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[Any]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Listener,), {}))
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    own_listener.register(("127.0.0.1", server.server_port))
    yield server
    own_listener.register(None)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def route() -> Any:
    make_instance("shop", instance_id="one", port=8001)
    return make_route("/shop/*", service="shop", target_url="/*", methods=["GET", "POST"], requires_auth=False)


def page_of(route: Any) -> str:
    return f"/console/send/{route.pk}/"


def sent(client: Any, route: Any, **fields: str) -> Any:
    return client.post(page_of(route), {"method": "GET", "path": "/shop/1", **fields}, headers=ENGLISH)


def test_the_form_is_filled_with_a_request_that_the_route_takes(admin_client, route):
    page = admin_client.get(page_of(route), headers=ENGLISH)
    form = page.context["form"]
    assert (form["path"].value(), form["method"].value(), form["user"].value()) == ("/shop/x", "GET", "admin")
    assert "knows of no traffic listener" in page.content.decode()


def test_the_request_goes_as_it_was_typed_and_the_answer_is_shown_as_text(admin_client, route, listener):
    page = sent(
        admin_client, route, method="POST", path="/shop/a%20b?x=1", headers="X-A: 1", body='{"a": 1}', user="admin"
    )
    method, path, headers, body = listener.seen[0]
    assert (method, path, json.loads(body), headers["X-A"]) == ("POST", "/shop/a%20b?x=1", {"a": 1}, "1")
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"].startswith("Bearer ey")
    answer = page.context["answer"]
    assert (answer["status"], answer["request_id"], answer["is_cut"]) == (200, "the-id", False)
    assert b"<script>zq()" not in page.content
    assert b"&lt;script&gt;zq()" in page.content
    assert "path=%2Fshop%2Fa%2520b%3Fx%3D1" in answer["explain"]


def test_the_token_that_was_made_is_not_shown_even_where_the_answer_repeats_it(admin_client, route, listener):
    listener.RequestHandlerClass.body = b""
    page = sent(admin_client, route, user="admin")
    assert page.context["answer"]["body"] == "Bearer ********"


def test_a_long_answer_is_cut(admin_client, route, listener):
    listener.RequestHandlerClass.body = b"a" * 200_000
    answer = sent(admin_client, route).context["answer"]
    assert (answer["size"], answer["is_cut"]) == (65_536, True)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"path": "/elsewhere"}, "path", "would not take"),
        ({"path": "/admin/routes"}, "path", "gateway itself"),
        ({"path": "/shop/../admin/routes"}, "path", "would not take"),
        ({"path": "/shop/narrow/1"}, "path", "/shop/narrow/*"),
        ({"path": "http://127.0.0.1/"}, "path", "Must begin"),
        ({"host": "a b"}, "path", "Host"),
        ({"headers": "Host: other"}, "headers", "Host"),
        ({"headers": "X-Forwarded-For: 9.9.9.9"}, "headers", "X-Forwarded-For"),
        ({"headers": "Transfer-Encoding: chunked"}, "headers", "Transfer-Encoding"),
        ({"headers": "CF-Connecting-IP: 9.9.9.9"}, "headers", "CF-Connecting-IP"),
        ({"headers": "X-User-ID: root"}, "headers", "X-User-ID"),
        ({"headers": "Connection: close"}, "headers", "Connection"),
        ({"headers": "Authorization: Bearer x", "user": "admin"}, "headers", "Authorization"),
        ({"body": "a" * 70_000}, "body", "64 KiB"),
        ({"user": "a", "token": "b"}, "token", "one of them"),
    ],
)
def test_what_would_not_reach_this_route_is_not_sent(admin_client, route, listener, fields, field, words):
    make_route("/shop/narrow/*", service="shop", target_url="/*")
    page = sent(admin_client, route, **fields)
    assert words in str(page.context["form"].errors[field])
    assert (page.context["answer"], listener.seen) == (None, [])


def test_what_was_typed_stays(admin_client, route, listener):
    page = sent(admin_client, route, path="/elsewhere", body="kept <body>", headers="X-Kept: yes")
    text = page.content.decode()
    assert all(kept in text for kept in ("/elsewhere", "kept &lt;body&gt;", "X-Kept: yes"))


def test_nobody_hears_it_where_nothing_listens(admin_client, route):
    assert "no traffic listener" in sent(admin_client, route).content.decode()
    own_listener.register(("127.0.0.1", 1))
    try:
        assert "without an answer" in sent(admin_client, route).content.decode()
    finally:
        own_listener.register(None)


def test_the_audit_trail_tells_who_sent_what_in_whose_name(admin_client, route, listener):
    Consumer.objects.create(name="till", jwt_subject="till-subject")
    sent(admin_client, route, path="/shop/1?token=hush", consumer="till")
    entry = AuditEntry.objects.get(action="test_send")
    assert (entry.actor, entry.outcome, entry.status) == ("admin", "succeeded", 200)
    assert entry.object == f"{page_of(route)} GET /shop/1?token=*** as consumer=till: 200"


def test_g227_who_may_not_change_the_route_may_not_send(client, listener):
    ours = make_route("/ours/*", service=make_service("ours", owner=team("team-a")), target_url="/*")
    theirs = make_route("/theirs/*", service=make_service("theirs", owner=team("team-b")), target_url="/*")
    client.force_login(person("viewer", "team-a", "viewer", is_staff=True))
    change = client.get(f"/console/routing/route/{ours.pk}/change/", headers=ENGLISH).content.decode()
    assert ("Send a test request" in change, "Explain a request" in change) == (False, True)
    for asked in (client.get(page_of(ours)), sent(client, ours, path="/ours/1")):
        assert asked.status_code == 403
    assert client.get(page_of(theirs)).status_code == 404
    client.force_login(person("operator", "team-a", "operator", is_staff=True))
    assert (
        "Send a test request"
        in client.get(f"/console/routing/route/{ours.pk}/change/", headers=ENGLISH).content.decode()
    )
    assert client.get(f"/console/routing/route/{ours.pk}/send/").url == page_of(ours)
    assert sent(client, ours, path="/ours/1", user="operator").context["answer"]["status"] == 200
    refused = sent(client, ours, path="/ours/1", user="somebody-else")
    assert "administrator" in str(refused.context["form"].errors["user"])
    assert sent(client, theirs, path="/theirs/1").status_code == 404
    assert len(listener.seen) == 1


def test_a_form_of_another_site_sends_nothing(admin_user, route, listener):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin_user)
    refused = sent(strict, route)
    assert refused.status_code == 403
    assert "This form cannot be taken" in refused.content.decode()
    assert listener.seen == []
