"""/console/explain/: the console's way to ask why a request is answered as it is (G-410)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from permissions.models import AuditEntry, Consumer, Grant
from revisions.change import change
from revisions.current import current_revision
from tests.common import access_tokens
from tests.common.factories import make_instance, make_permission, make_route, make_service
from tests.common.teams import person, team

pytestmark = pytest.mark.django_db
PAGE = "/console/explain/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def console(client, admin_user):
    client.force_login(admin_user)
    return client


@pytest.fixture
def users():
    """A route that needs a permission, at a service with one instance."""
    make_instance("user-service", instance_id="one", port=8001)
    return make_route(
        "/api/v1/users/*", service="user-service", target_url="/users/*", required_permissions=["user.read"]
    )


def told(client, **asked: str) -> dict[str, Any]:
    page = client.get(PAGE, asked, headers=ENGLISH)
    assert page.context["form"].errors == {}
    found: dict[str, Any] = page.context["told"]
    return found


def errors(page) -> dict[str, list[str]]:
    assert page.status_code == 200
    return {name: list(texts) for name, texts in page.context["form"].errors.items()}


def test_the_page_opens_without_a_question_and_asks_nothing(console):
    page = console.get(PAGE)
    assert page.status_code == 200
    assert (page.context["told"], page.context["form"].is_bound) == (None, False)


def test_g410_an_address_asks_and_the_answer_names_route_stages_and_instance(console, users):
    make_route("/api/v1/users/*", service="user-service", target_url="/users/*", priority=5, is_active=False)
    Grant.objects.create(user="u1", permission=make_permission("user.read"))
    found = told(console, path="/api/v1/users/7?x=1", user="u1")
    assert found["outcome"].tone == "good"
    assert [one["mark"].tone for one in found["candidates"]] == ["bad", "good"]
    assert found["candidates"][0]["failed"] == ["route is active"]
    assert found["upstream"]["path"] == "/users/7?x=1"
    assert [one["name"] for one in found["upstream"]["instances"]] == ["one"]
    text = console.get(PAGE, {"path": "/api/v1/users/7", "user": "u1"}, headers=ENGLISH).content.decode()
    assert all(words in text for words in ("check_permission", "http://127.0.0.1:8001", f"route/{users.pk}/change/"))


def test_g410_a_403_says_what_is_missing_and_where_it_is_granted(console, users):
    found = told(console, path="/api/v1/users/7", user="u1")
    assert (found["code"], found["status"], found["outcome"].tone) == ("F40003", 403, "bad")
    step = next(one for one in found["steps"] if one["mark"].tone == "bad")
    assert (step["stage"], step["reason"]) == ("check_permission", "needs any of user.read")
    assert found["remedy"].address == "/console/permissions/grant/add/?user=u1"
    assert told(console, path="/api/v1/users/7")["code"] == "F40001"
    assert told(console, path="/nowhere")["remedy"].address.startswith("/console/routing/route/add/?path_pattern=")


def test_a_consumer_is_asked_for_by_the_subject_of_its_tokens(console, users):
    Consumer.objects.create(name="till", jwt_subject="till-subject")
    Consumer.objects.create(name="keyed")
    steps = told(console, path="/api/v1/users/7", consumer="till")["steps"]
    assert {"name": "consumer", "lines": ["till"]} in [
        {"name": str(one["name"]), "lines": one["lines"]} for one in steps[0]["details"] + steps[1]["details"]
    ]
    for name, words in (("nobody", "no consumer of this name"), ("keyed", "X-API-Key")):
        page = console.get(PAGE, {"path": "/", "consumer": name}, headers=ENGLISH)
        assert words in errors(page)["consumer"][0]


def test_g410_the_past_is_explained_as_it_was(console, users):
    before = current_revision()
    with change(actor="test"):
        users.is_active = False
        users.save()
    assert told(console, path="/api/v1/users/7")["code"] == "F40400"
    then = told(console, path="/api/v1/users/7", at=str(before))
    assert (then["code"], then["revision"]) == ("F40001", before)
    assert "at" in errors(console.get(PAGE, {"path": "/", "at": "999999"}))


def test_a_refused_question_keeps_what_was_typed_and_names_the_field(console):
    typed = {
        "path": "no-slash", "host": "a.example", "headers": "X-Tier: gold\nnonsense", "address": "10.0.0",
        "method": "POST", "scheme": "https", "user": "u1", "token": "t", "at": "-1",
    }  # fmt: skip
    page = console.post(PAGE, typed, headers=ENGLISH)
    found = errors(page)
    assert set(found) == {"path", "headers", "address", "token", "at"}
    assert "Line 2" in found["headers"][0]
    assert {name: page.context["form"][name].value() for name in typed} == typed
    assert 'aria-invalid="true"' in page.content.decode()


@pytest.mark.parametrize("path", ["/\r\nX: y", "/é", "/a b", "/%2e%2e/%2f", "//x", "/" + "a" * 9000, "/\x00"])
def test_no_path_makes_the_page_fail(console, path):
    for page in (console.get(PAGE, {"path": path}), console.post(PAGE, {"path": path})):
        assert page.status_code == 200


def test_a_token_is_posted_and_stands_neither_in_the_answer_nor_in_the_address(console, users):
    token = access_tokens.access("u1", permissions=["user.read"])
    page = console.post(PAGE, {"path": "/api/v1/users/7", "token": token})
    assert page.context["told"]["outcome"].tone == "good"
    assert token not in page.context["link"]
    assert token not in console.get(PAGE, {"path": "/api/v1/users/7", "token": token}).content.decode()
    assert not AuditEntry.objects.filter(object__contains="explain").exists()


def test_a_viewer_asks_of_his_own_teams_routes_and_for_himself(client, users):
    make_route("/b/*", service=make_service("b-service", owner=team("team-b")), target_url="/*", name="secret")
    make_route("/a/*", service=make_service("a-service", owner=team("team-a")), target_url="/*", requires_auth=True)
    client.force_login(person("alice", "team-a", "viewer", is_staff=True))
    hidden = client.get(PAGE, {"path": "/b/1", "user": "alice"}, headers=ENGLISH)
    assert "another team" in hidden.content.decode()
    assert "secret" not in hidden.content.decode()
    assert "b-service" not in hidden.content.decode()
    assert told(client, path="/a/1", user="alice")["route"]["service"] == "a-service"
    for name in ("user", "consumer"):
        assert name in errors(client.get(PAGE, {"path": "/a/1", name: "somebody"}))
    assert told(client, path="/nowhere")["remedy"].address == ""


def test_who_may_see_no_routes_does_not_open_it(client, django_user_model):
    assert client.get(PAGE).status_code == 302
    client.force_login(django_user_model.objects.create_user("looker", is_staff=True))
    assert client.get(PAGE).status_code == 403


def test_the_page_of_a_route_leads_here_with_a_request_that_it_takes(console):
    route = make_route(
        "/shop/*/items/*",
        target_url="/*/*",
        methods=["PUT", "POST"],
        hosts=["*.shop.example"],
        header_conditions=[{"name": "x-tier", "operator": "equals", "value": "gold"}],
        query_conditions=[{"name": "v", "operator": "equals", "value": "2"}],
    )
    address = f"/console/routing/route/{route.pk}/explain/"
    assert address in console.get(f"/console/routing/route/{route.pk}/change/").content.decode()
    led = console.get(address)
    query = parse_qs(urlsplit(led.url).query)
    assert query["path"] == ["/shop/x/items/x?v=2"]
    page = console.get(led.url)
    assert [one["serves"] for one in page.context["told"]["candidates"]] == [True]


def test_the_page_speaks_chinese(console, users):
    text = console.get(PAGE, {"path": "/api/v1/users/7"}, headers={"accept-language": "zh-TW"}).content.decode()
    assert "解釋請求" in text
    assert "F40001" in text


def test_the_number_of_queries_does_not_grow_with_the_routes(console, django_assert_max_num_queries):
    def asked() -> int:
        console.get(PAGE, {"path": "/api/v1/users/7"})
        with django_assert_max_num_queries(60) as queries:
            console.get(PAGE, {"path": "/api/v1/users/7"})
        return len(queries)

    make_route("/first", service="s", target_url="/")
    few = asked()
    for number in range(12):
        make_route(f"/r{number}/*", service="s", target_url="/*")
    assert asked() == few
