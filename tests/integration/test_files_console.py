"""Configuration files in the console: planned, applied, put into a change set, and taken along (G-502)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from configuration.files.exporting import exported
from configuration.files.reading import read_document
from configuration.files.selection import Selection
from configuration.models import ChangeSet
from gateway_project.rest import access
from permissions.models import Permission, Role
from proxy.options import GatewayOptions
from revisions.current import current_revision
from revisions.models import Revision
from routing.models import Route
from services.models import Service, ServiceInstance
from tests.common.factories import make_hour, make_instance, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
PAGE = "/console/files/"
EXPORT = f"{PAGE}export/"
ENGLISH = {"accept-language": "en"}
SHOP = """\
format: 1
services:
  - name: shop
    instances:
      - {instance_id: one, host: 10.0.0.1, port: 8080}
routes:
  - name: orders
    service_name: shop
    path_pattern: /orders/*
    method: GET
    target_url: /*
    rate_limit_rpm: 60
"""
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.internal/v1"}],
    "paths": {"/orders/{id}": {"get": {"operationId": "readOrder"}}},
}


@pytest.fixture
def console(client, admin_user):
    Role.objects.all().delete()
    Permission.objects.filter(is_system=False).delete()  # what every installation has is in no document of these tests
    client.force_login(admin_user)
    return client


def send(client: Any, button: str = "_plan", content: str = SHOP, **typed: Any) -> Any:
    values = {"what": "configuration", "content": content, button: "", **typed}
    return client.post(PAGE, values, headers=ENGLISH)


def applied(client: Any, content: str = SHOP, **typed: Any) -> Any:
    """As somebody does it: the plan looked at, then applied."""
    planned = send(client, content=content, **typed)
    digest = planned.context["form"]["plan"].value()
    return send(client, "_apply", content, **{"plan": digest, "reason": "a new shop", **typed})


def test_g502_a_document_is_planned_field_by_field_and_nothing_is_stored(console):
    before = current_revision()
    page = send(console)
    told = page.context["told"]
    assert told["summary"] == {"create": 3, "update": 0, "delete": 0, "unchanged": 0, "left": 0}
    assert [(one["action"], one["kind"], one["name"]) for one in told["changes"]] == [
        ("create", "service", "shop"),
        ("create", "instance", "shop/one"),
        ("create", "route", "orders"),
    ]
    assert told["changes"][2]["sides"]["rate_limit_rpm"] == {"before_shown": "", "after_shown": "60"}
    assert page.context["form"]["content"].value() == SHOP
    assert (current_revision(), Service.objects.count()) == (before, 0)


def test_g502_what_was_planned_is_applied_as_one_revision_with_its_reason(console):
    before = current_revision()
    assert applied(console).url == f"/console/revisions/revision/{before + 1}/change/"
    newest = Revision.objects.get(number=before + 1)
    assert (newest.reason, newest.actor) == ("import of a document: a new shop", "admin")
    assert Route.objects.get().rate_limit_rpm == 60
    again = send(console)
    assert again.context["told"]["summary"]["unchanged"] == 3
    assert "everything is as the document says" in again.content.decode()
    changed = send(console, content=SHOP.replace("60", "90"))
    (one,) = changed.context["told"]["changes"]
    assert one["sides"] == {"rate_limit_rpm": {"before_shown": "60", "after_shown": "90"}}


def test_an_uploaded_file_is_the_text_of_the_page_from_then_on(console):
    file = SimpleUploadedFile("shop.yaml", SHOP.encode(), "application/yaml")
    page = send(console, content="", file=file)
    assert page.context["form"]["content"].value() == SHOP
    assert page.context["told"]["summary"]["create"] == 3
    unreadable = send(console, content="", file=SimpleUploadedFile("shop.yaml", b"\xff\xfe"))
    assert unreadable.context["form"].errors["file"] == ["The file is not UTF-8."]


def test_a_file_beyond_the_limit_of_the_api_is_refused(console, settings):
    settings.GATEWAY_OPTIONS = GatewayOptions(max_control_body_bytes=2000)
    page = send(console, content="", file=SimpleUploadedFile("shop.yaml", b"#" * 2001))
    assert page.context["form"].errors["file"] == ["The file is larger than 2000 bytes."]


def test_every_mistake_is_told_with_its_line_and_field_and_the_text_is_kept(console):
    wrong = SHOP.replace("rate_limit_rpm: 60", "rate_limit_rpm: 0\n    nonsense: 1").replace("8080", "80800")
    page = send(console, content=wrong)
    told = {(one.place.line, one.place.section, one.field) for one in page.context["problems"]}
    assert told == {
        (5, "services.instances", "port"),
        (7, "routes", "rate_limit_rpm"),
        (7, "routes", "nonsense"),
    }
    assert page.context["form"]["content"].value() == wrong
    assert "line 7" in page.content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Paste a document here"),
        ("a: [", "not valid YAML"),
        ("- 1", "must hold an object"),
        ("{", "not valid JSON"),
        ("format: 2", "Must be 1"),
        ("format: 1\nroutes: [{name: a\x01}]", "YAML"),
        ("format: 1\nextra: 1", "Unknown section"),
        ("x" * 100, "must hold an object"),
        ("!!python/object:os.system {}", "Tags have no meaning here"),
    ],
)
def test_what_is_no_document_is_told_and_never_a_failure(console, content, words):
    page = send(console, content=content)
    assert page.status_code == 200
    assert words in page.content.decode()


def test_a_reason_is_demanded_to_apply_and_the_plan_must_be_the_one_that_was_seen(console):
    page = send(console, "_apply", reason=" ")
    assert page.context["form"].errors["reason"] == ["Say why: it is what the history will show."]
    unseen = send(console, "_apply", reason="because", plan="another")
    assert "The plan is another one now" in str(unseen.context["refused"])
    digest = send(console).context["form"]["plan"].value()
    make_route("/orders/*", service="shop", target_url="/*", name="orders", rate_limit_rpm=60)
    late = send(console, "_apply", reason="because", plan=digest)
    assert "The plan is another one now" in str(late.context["refused"])
    assert late.context["form"]["content"].value() == SHOP
    assert not ServiceInstance.objects.exists()


def test_g502_pruning_deletes_what_the_file_does_not_name_and_tells_whose_requests_are_lost(console):
    make_instance("old")
    make_route("/old/*", service="old", target_url="/*", name="old")
    make_hour(service="old", route="old", requests=7)
    kept = send(console)
    assert (kept.context["told"]["summary"]["left"], kept.context["preview"]["moved"]) == (3, [])
    pruned = send(console, prune="on")
    assert pruned.context["told"]["summary"]["delete"] == 3
    assert [(one["name"], one["requests"]) for one in pruned.context["preview"]["moved"]] == [("old", 7)]
    assert applied(console, prune="on").status_code == 302
    assert list(Route.objects.live().values_list("name", flat=True)) == ["orders"]


def test_a_part_by_labels_leaves_the_rest_alone(console):
    make_service("old")
    page = send(console, labels="team=shop", prune="on")
    assert page.context["problems"], "what the file brings does not bear the label"
    bad = send(console, labels="nonsense")
    assert "labels" in bad.context["form"].errors
    labelled = SHOP
    for line in ("- name: shop\n", "- name: orders\n"):
        labelled = labelled.replace(line, f"{line}    labels: {{team: shop}}\n")
    assert send(console, content=labelled, labels="team=shop", prune="on").context["told"]["summary"]["delete"] == 0


def test_g502_a_plan_is_put_into_a_change_set_and_comes_to_the_same_when_that_is_published(console):
    make_instance("old", instance_id="gone")
    make_route("/old/*", service="old", target_url="/*", name="old")
    nothing = send(console, "_keep", prune="on")
    assert nothing.context["draft"].errors["reason"] == ["Say why: it is what the history will show."]
    assert nothing.context["told"]["summary"]["create"] == 3
    kept = send(console, "_keep", prune="on", **{"draft-reason": "a new shop"})
    row = ChangeSet.objects.get()
    assert kept.url == f"/console/configuration/changeset/{row.pk}/change/"
    assert [(one["action"], one["kind"]) for one in row.changes] == [
        ("delete", "route"),
        ("create", "service"),
        ("create", "instance"),
        ("create", "route"),
        ("delete", "service"),
    ]
    assert not Service.objects.filter(name="shop").exists()
    console.post(kept.url, {"_publish": "", "_seen": row.updated_at.isoformat(), "reason": row.reason})
    assert exported(access.LOCAL, Selection()) == read_document(SHOP.encode()) | {
        name: value for name, value in exported(access.LOCAL, Selection()).items() if name == "permissions"
    }


def test_what_no_change_set_can_say_is_refused_and_the_plan_stays(console):
    content = "format: 1\nconsumers: [{name: shop, basic: [{username: shop, hash: %s}]}]"
    scrypt = "scrypt$16384$8$1$" + "a" * 22 + "$" + "b" * 43
    page = send(console, "_keep", content % json.dumps(scrypt), **{"draft-reason": "x"})
    assert page.status_code == 200
    assert not ChangeSet.objects.exists()
    assert page.context.get("problems") or page.context["draft"].errors


def test_g502_an_openapi_document_becomes_routes_of_the_service_that_is_named(console):
    unnamed = send(console, content=json.dumps(OPENAPI), what="openapi")
    assert unnamed.context["form"].errors["service"] == ["Name the service."]
    typed = {"what": "openapi", "service": "shop", "prefix": "/shop"}
    page = send(console, content=json.dumps(OPENAPI), **typed)
    assert [one["name"] for one in page.context["told"]["changes"] if one["kind"] == "route"] == ["readOrder"]
    assert applied(console, json.dumps(OPENAPI), **typed).status_code == 302
    assert Route.objects.get().path_pattern == "/shop/orders/*"
    wrong = send(console, content=json.dumps({**OPENAPI, "openapi": "2.0"}), **typed)
    assert wrong.context["problems"]


@pytest.mark.parametrize("name", ["yaml", "json"])
def test_g502_what_is_exported_is_imported_without_a_change(console, name):
    applied(console)
    reply = console.get(f"{EXPORT}?format={name}&ids=on&with_hashes=on")
    disposition = f'attachment; filename="gateway-{current_revision()}.{name}"'
    assert (reply["Content-Disposition"], reply.status_code) == (disposition, 200)
    planned = send(console, content=reply.content.decode())
    assert planned.context["told"]["changes"] == []


def test_an_export_that_cannot_be_is_told_on_the_page(console):
    for query in ("labels=nonsense", "format=xml"):
        page = console.get(f"{EXPORT}?{query}")
        assert page.status_code == 200
        assert page.context["export_errors"]


def test_operators_import_what_is_their_teams_and_are_refused_the_rest(client):
    own, theirs = (make_service(name, owner=team(f"team-{name}")) for name in ("own", "theirs"))
    make_route("/zebra/*", service=theirs, target_url="/*", name="zebra")
    client.force_login(person("oscar", "team-own", "operator", is_staff=True))
    assert "zebra" not in client.get(PAGE).content.decode()
    assert "zebra" not in client.get(EXPORT).content.decode()
    content = "format: 1\nroutes: [{name: r, service_name: %s, path_pattern: /r/*, method: GET, target_url: /*}]"
    assert applied(client, content % "own").status_code == 302
    assert Route.objects.filter(name="r", service=own).exists()
    hidden = send(client, content=content.replace("name: r", "name: s") % "theirs")
    absent = send(client, content=content.replace("name: r", "name: s") % "absent")
    told = [
        [one.message.replace(name, "") for one in page.context["problems"]]
        for page, name in ((hidden, "theirs"), (absent, "absent"))
    ]
    assert told[0] == told[1]
    new = send(client, content=SHOP)
    assert new.context["refused"] or new.context["problems"]
    assert Service.objects.count() == 2


def test_viewers_take_a_file_with_them_and_bring_none(client):
    make_route("/a", service=make_service("own", owner=team("team-a")), name="seen")
    client.force_login(person("victor", "team-a", "viewer", is_staff=True))
    page = client.get(PAGE)
    assert (page.status_code, page.context["form"]) == (200, None)
    assert "seen" in client.get(EXPORT).content.decode()
    assert send(client).status_code == 403
    client.logout()
    assert client.get(EXPORT).status_code == 302
    assert client.get(PAGE).status_code == 302


def test_the_page_takes_as_many_queries_for_a_long_plan_as_for_a_short_one(console):
    def queries(count: int) -> int:
        routes = "".join(
            f"  - {{name: r{one}, service_name: shop, path_pattern: /r{one}, method: GET, target_url: /}}\n"
            for one in range(count)
        )
        with CaptureQueriesContext(connection) as captured:
            send(console, content=f"format: 1\nservices: [{{name: shop}}]\nroutes:\n{routes}")
        return len(captured)

    queries(1)
    assert queries(2) == queries(20)
