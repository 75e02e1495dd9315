"""Team A cannot see, change, guess or explain team B's objects through any door.

Every path of the API and every model of the console is in a table of tests/common/doors.py: what is new and not there
fails here. Each door is tried twice by an operator of team A: with one of team B, and with what does not exist.
Both answers must be the same, and must hold nothing of team B's.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission as DjangoPermission
from django.core import serializers
from django.urls import get_resolver

from configuration.models import ChangeSet
from gateway_project.rest import figures
from proxy.metering.series import key
from revisions.current import current_revision
from revisions.models import RevisionItem
from routing.models import Route, RoutePermission
from services import owned_names
from services.models import Service, ServiceInstance
from tests.common.doors import (
    ABSENT,
    DOORS,
    FOR_ADMINISTRATORS,
    MARK,
    METHODS,
    OF_NO_OBJECT,
    OF_THE_PAST,
    OF_THE_TRAFFIC,
    OF_WHAT_HAPPENS,
    PAGES,
)
from tests.common.factories import ROUTE_BODY, make_hour, make_instance, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller
from tests.integration.test_console import form


def rest_paths(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        text = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            if not text.startswith("console/"):
                yield from rest_paths(pattern.url_patterns, text)
        else:
            yield text


@pytest.fixture
def zebra(db: None) -> dict[str, str]:
    """Team B's objects, and what names them."""
    service = make_service(f"{MARK}-service", owner=team("team-b"))
    instance = make_instance(service, instance_id=f"{MARK}-1", host=f"{MARK}.example", lease_seconds=60)
    route = make_route(f"/{MARK}/*", service=service, name=f"{MARK}-route", target_url=f"/{MARK}/*")
    make_route(f"/{MARK}-permitted/*", service=service, target_url="/*", required_permissions=["user.read"])
    make_service("mine", owner=team("team-a"))
    make_hour(service=f"{MARK}-service", route=f"{MARK}-route", requests=7)
    owned_names.remember({service.name: True})
    number = RevisionItem.objects.filter(object_id=str(route.pk)).values_list("revision", flat=True).first()
    changeset = ChangeSet.objects.create(reason=f"for {MARK}", changes=[], actor="root")
    objects = {"route": route, "instance": instance, "service": service, "changeset": changeset}
    past = str(current_revision())
    return {"mark": MARK, "revision": str(number), "past": past, **{name: str(row.pk) for name, row in objects.items()}}


@pytest.fixture
def absent(zebra: dict[str, str]) -> dict[str, str]:
    """Names of the same form that lead nowhere."""
    return {
        "mark": ABSENT,
        "revision": "999999",
        "past": zebra["past"],
        **{name: str(uuid.uuid4()) for name in ("route", "instance", "service", "changeset")},
    }


@pytest.fixture
def alice(zebra: dict[str, str]) -> Caller:
    return caller(token_of(person("alice", "team-a", "operator")))


def filled(value: Any, names: dict[str, str]) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    for name, real in names.items():
        text = text.replace(f"{{{name}}}", real)
    return text if isinstance(value, str) else json.loads(text)


def path_of(door: str, kwargs: dict[str, str], names: dict[str, str]) -> str:
    path = door
    for name, value in kwargs.items():
        path = re.sub(rf"<\w+:{name}>", filled(value, names), path)
    return "/" + path


def answer(client: Caller, method: str, path: str, body: Any, names: dict[str, str]) -> tuple[int, str]:
    """Status and text, with what was asked for taken out of it, and what differs by the time."""
    sent = {"data": body, "format": "json"} if body is not None else {}
    response = getattr(client, method.lower())(path, **sent)
    text = response.content.decode()
    for name in names.values():
        text = text if name.isdigit() else text.replace(name, "*")
    return response.status_code, text


def stored() -> str:
    models = (Service, ServiceInstance, Route, RoutePermission)
    return "".join(serializers.serialize("json", model.objects.order_by("pk")) for model in models)


def attempts(door: str) -> Iterator[tuple[str, Any]]:
    bodies = DOORS[door][1]
    for method in METHODS:
        yield from ((method, body) for body in ((None,) if method == "GET" else (None, *bodies)))


def test_every_path_of_the_api_is_in_the_table():
    known = DOORS.keys() | FOR_ADMINISTRATORS | OF_NO_OBJECT | OF_THE_PAST | OF_THE_TRAFFIC | OF_WHAT_HAPPENS
    assert set(rest_paths()) == known


def test_every_model_of_the_console_is_in_the_table():
    assert {model._meta.label for model in admin.site._registry} == PAGES


@pytest.mark.parametrize("door", DOORS)
def test_g010_another_teams_objects_answer_as_those_that_do_not_exist(door, alice, zebra, absent):
    kwargs = DOORS[door][0]
    before = stored()
    for method, body in attempts(door):
        there = answer(alice, method, path_of(door, kwargs, zebra), filled(body, zebra), zebra)
        nowhere = answer(alice, method, path_of(door, kwargs, absent), filled(body, absent), absent)
        assert there == nowhere, (method, body)
        assert MARK not in there[1]
        assert there[0] in (200, 400, 403, 404, 405, 415), (method, body)
    assert stored() == before


@pytest.mark.alike
@pytest.mark.parametrize("door", sorted(FOR_ADMINISTRATORS))
def test_g010_what_is_for_administrators_refuses_an_operator_before_it_looks(door, alice):
    path = "/" + re.sub(r"<\w+:\w+>", "1", door)
    for method in METHODS:
        assert getattr(alice, method.lower())(path, data={}, format="json").status_code in (403, 405), method


@pytest.mark.parametrize(
    "query",
    [
        "/admin/routes?service_name={mark}-service",
        "/admin/routes?search={mark}",
        "/admin/routes?path=/{mark}",
        "/admin/routes?method=GET&ordering=service_name",
        "/admin/services?service_name={mark}-service",
        "/admin/services?service_name={mark}-service&status=healthy",
        "/metrics?service_name={mark}-service&group_by=hour",
        "/admin/routes?search={mark}&as_of={past}",
        "/admin/services?service_name={mark}-service&as_of={past}",
        "/admin/revisions?object={route}",
    ],
)
def test_filters_and_counts_tell_nothing(query, alice, zebra, absent):
    there = answer(alice, "GET", filled(query, zebra), None, zebra)
    assert there == answer(alice, "GET", filled(query, absent), None, absent)
    assert there[0] == 200


@pytest.mark.parametrize(
    "path", ["/admin/revisions", "/admin/revisions/{revision}/diff/1", "/admin/revisions/{past}/diff/0"]
)
def test_the_past_tells_nothing_either(path, alice, zebra):
    status, text = answer(alice, "GET", filled(path, zebra), None, {})
    assert status == 200, text
    assert MARK not in text
    assert not [name for name in ("route", "instance", "service") if zebra[name] in text]


@pytest.mark.parametrize("path", sorted(OF_THE_TRAFFIC))
@pytest.mark.parametrize("target", ["/{mark}/1", "/{mark}-permitted/1"])
def test_how_a_request_would_fare_tells_nothing_of_whose_route_it_is(path, target, alice, zebra):
    asked = {"method": "GET", "path": filled(target, zebra)}
    status, text = answer(alice, "POST", f"/{path}", asked, {"path": asked["path"]})
    assert status == 200
    told = [name for name in ("route", "instance", "service") if zebra[name] in text]
    assert (MARK in text, told) == (False, [])


def test_a_clash_names_nothing(alice, zebra):
    body = {**ROUTE_BODY, "service_name": "mine", "path_pattern": f"/{MARK}/*"}
    status, text = answer(alice, "POST", "/admin/routes", body, {})
    assert (status, MARK in text, zebra["route"] in text) == (409, False, False)


@pytest.fixture
def console(client: Any, zebra: dict[str, str]) -> Any:
    """The console, with every permission Django knows."""
    bob = person("bob", "team-a", "operator", is_staff=True)
    bob.user_permissions.set(DjangoPermission.objects.all())
    client.force_login(bob)
    return client


@pytest.mark.parametrize("label", sorted(PAGES - {"auth.Group"}))
def test_no_list_of_the_console_holds_anything_of_another_team(label, console):
    base = f"/console/{label.lower().replace('.', '/')}/"
    for path in (base, f"{base}?q={MARK[:3]}", f"{base}add/", "/console/"):
        response = console.get(path)
        assert response.status_code in (200, 403), path
        assert MARK not in response.content.decode(), path


def told(console, url: str, identity: str) -> tuple[Any, ...]:
    """What a page answers, and how many rows stand behind a redirect; the id that was asked for left out."""
    page = console.get(url)
    location = page.get("Location", "").replace(str(identity), "")
    rows = None
    if "/revisions/" in location:
        rows = console.get(page["Location"]).context["cl"].result_count
    return page.status_code, location, rows


@pytest.mark.parametrize("label", ["services.Service", "services.ServiceInstance", "routing.Route"])
def test_another_teams_pages_answer_as_those_that_do_not_exist(label, console, zebra, absent):
    base = f"/console/{label.lower().replace('.', '/')}/"
    name = label.lower().partition(".")[2].removeprefix("service") or "service"
    for page in ("change", "delete", "history"):
        there, nowhere = (told(console, f"{base}{names[name]}/{page}/", names[name]) for names in (zebra, absent))
        assert there == nowhere
        assert there[0] in (302, 403, 404)
    before = stored()
    for page in ("change", "delete"):
        console.post(f"{base}{zebra[name]}/{page}/", {"post": "yes"})
    console.post(base, {"action": "delete_selected", "_selected_action": [zebra[name]], "post": "yes"})
    assert stored() == before


def test_autocomplete_offers_nothing_of_another_team(console):
    for app, model, field in (("routing", "route", "service"), ("services", "serviceinstance", "service")):
        query = f"app_label={app}&model_name={model}&field_name={field}&term="
        found = console.get(f"/console/autocomplete/?{query}").json()["results"]
        assert [one["text"] for one in found] == ["mine"]


def test_a_form_takes_no_service_of_another_team(console, zebra):
    before = stored()
    data = {
        "instance_id": "x",
        "host": "127.0.0.1",
        "port": "1",
        "protocol": "http",
        "weight": "1",
        "priority": "0",
        "status": "healthy",
        "health_check_interval_seconds": "30",
        "metadata": "{}",
        "service": zebra["service"],
    }
    response = console.post("/console/services/serviceinstance/add/", data)
    assert response.status_code == 200
    assert "service" in response.context["adminform"].form.errors
    assert stored() == before


def test_a_form_names_no_route_of_another_team(console, zebra):
    address = f"/console/routing/route/{make_route('/mine', service='mine').pk}/change/"
    response = console.post(address, form(console.get(address)) | {"path_pattern": f"/{MARK}/*", "target_url": "/*"})
    told = str(response.context["adminform"].form.errors)
    assert "另一個團隊的路由" in told
    assert not [name for name in (zebra["route"], f"{MARK}-route", f"{MARK}-service") if name in told]


def test_the_exposition_leaves_out_what_belongs_to_teams_but_for_the_scraper_that_is_named(settings, zebra, client):
    class Counts:
        def now(self) -> figures.Moment:
            labels = (f"{MARK}-route", f"{MARK}-service", "GET", "200", "ok")
            return figures.Moment(counters={key("reply", *labels): [1.0]}, gauges={})

    settings.GATEWAY_METRICS_TOKEN = "a-scraper-of-ours"
    figures.register(Counts())
    try:
        told = {
            token: MARK in client.get("/metrics", headers={"Accept": "text/plain", "Authorization": token}).text
            for token in ("Bearer a-scraper-of-ours", "Bearer another", "")
        }
    finally:
        figures.unregister()
    assert told == {"Bearer a-scraper-of-ours": True, "Bearer another": False, "": False}
