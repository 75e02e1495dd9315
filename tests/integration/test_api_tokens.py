"""Tokens that a person gives to his scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from permissions import api_tokens
from permissions.models import ApiToken
from tests.common import access_tokens
from tests.common.factories import ROUTE_BODY, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db

PATH = "/admin/tokens"


def made(client: Caller, **body: Any) -> dict[str, Any]:
    status, reply = client.call("POST", PATH, {"name": "ci", **body})
    assert status == 200, reply
    return dict(reply["content"])


def script(owner: Any, scope: str = "read", **times: Any) -> Caller:
    return caller(api_tokens.create(owner, "ci", scope, **times).key)


@pytest.fixture
def alice() -> Any:
    return person("alice", "team-a", "operator")


def test_a_token_is_shown_once_and_kept_as_a_hash(alice):
    client = caller(token_of(alice))
    token = made(client, ttl_seconds=60)
    assert token["token"].startswith("gw_")
    row = ApiToken.objects.get()
    assert token["token"] not in (row.digest, row.identifier)
    (listed,) = client.call("GET", PATH)[1]["content"]["tokens"]
    assert (listed["user"], listed["scope"], listed["prefix"]) == ("alice", "read", token["token"][:11])
    assert not [name for name, value in listed.items() if value == token["token"] or name == "digest"]


def test_a_read_token_sees_what_its_owner_sees_and_changes_nothing(alice):
    route = make_route(service=make_service("a-service", owner=team("team-a")))
    hidden = make_route(service=make_service("b-service", owner=team("team-b")))
    client = script(alice)
    assert client.call("GET", f"/admin/routes/{route.pk}")[0] == 200
    assert client.call("GET", f"/admin/routes/{hidden.pk}")[0] == 404
    for method in ("PUT", "DELETE"):
        assert client.call(method, f"/admin/routes/{route.pk}", {})[1]["code"] == "F40003"


def test_a_write_token_does_what_an_operator_may(alice):
    route = make_route(service=make_service("a-service", owner=team("team-a")))
    for owner in (alice, person("root", "team-a", is_superuser=True)):
        client = script(owner, "write")
        assert client.call("PUT", f"/admin/routes/{route.pk}", {"priority": 1})[0] == 200
        assert client.call("POST", "/admin/routes", ROUTE_BODY)[0] == 404
        assert client.call("GET", "/admin/permissions")[0] == 403
        assert client.call("POST", PATH, {"name": "x"})[0] == 403


def test_an_admin_token_does_what_its_owner_may_as_long_as_he_may():
    root = person("root", "administrator")
    client = script(root, "admin")
    assert client.call("POST", "/admin/routes", ROUTE_BODY)[0] == 200
    assert client.call("GET", "/admin/permissions")[0] == 200
    root.groups.clear()
    assert client.call("GET", "/admin/permissions")[0] == 403


@pytest.mark.parametrize("end", ["revoked", "expired", "disabled", "deleted"])
def test_a_token_that_has_ended_opens_nothing(alice, end):
    token = api_tokens.create(alice, "ci", "read", timezone.now() + timedelta(seconds=60))
    client = caller(token.key)
    assert client.call("GET", "/admin/routes")[0] == 200
    if end == "revoked":
        assert caller(token_of(alice)).call("DELETE", f"{PATH}/{token.pk}")[0] == 200
    elif end == "expired":
        ApiToken.objects.update(expires_at=timezone.now())
    elif end == "disabled":
        type(alice).objects.update(is_active=False)
    else:
        alice.delete()
    assert client.call("GET", "/admin/routes")[1]["code"] == "F40001"


def test_nobody_makes_a_token_that_does_more_than_he_may(alice, admin):
    client = caller(token_of(alice))
    assert client.call("POST", PATH, {"name": "x", "scope": "admin"})[0] == 403
    assert client.call("POST", PATH, {"name": "x", "user": "root"})[0] == 403
    bare = caller(access_tokens.access("u1"))
    assert bare.call("POST", PATH, {"name": "x"})[1]["content"]["errors"].keys() == {"user"}
    refused = admin.call("POST", PATH, {"name": "x", "user": "alice", "scope": "admin"})
    assert refused[1]["content"]["errors"].keys() == {"scope"}
    assert made(admin, user="alice", scope="write")["user"] == "alice"


def test_a_bare_token_for_an_administrators_name_makes_none_of_his(alice):
    person("root", is_superuser=True)
    assert caller(access_tokens.access("root")).call("POST", PATH, {"name": "x", "scope": "admin"})[0] == 403


def test_tokens_of_others_do_not_exist_for_who_is_no_administrator(alice, admin):
    other = api_tokens.create(person("bob"), "ci", "read")
    client = caller(token_of(alice))
    assert client.call("GET", f"{PATH}?user=bob")[1]["content"] == {"total": 0, "tokens": []}
    assert client.call("DELETE", f"{PATH}/{other.pk}") == client.call("DELETE", f"{PATH}/999999")
    assert admin.call("GET", f"{PATH}?user=bob")[1]["content"]["total"] == 1
    assert admin.call("DELETE", f"{PATH}/{other.pk}")[0] == 200
    assert admin.call("DELETE", f"{PATH}/{other.pk}")[0] == 404


def test_the_last_use_is_kept_to_the_minute(alice, django_assert_num_queries):
    client = script(alice)
    client.call("GET", "/admin/plugins")
    used = ApiToken.objects.get().last_used_at
    assert used is not None
    with django_assert_num_queries(3):  # the token with its owner, his groups, the header's revision
        client.call("GET", "/admin/plugins")
    assert ApiToken.objects.get().last_used_at == used
    ApiToken.objects.update(last_used_at=used - timedelta(minutes=2))
    client.call("GET", "/admin/plugins")
    assert ApiToken.objects.get().last_used_at >= used


def test_wrong_tokens_are_slowed_down_as_wrong_passwords_are(settings, alice):
    settings.GATEWAY_LOGIN_FAILURES_PER_ADDRESS = 3
    key = api_tokens.create(alice, "ci", "read").key
    wrong = caller(key[:-1] + ("a" if key[-1] != "a" else "b"))
    assert [wrong.call("GET", "/admin/routes")[0] for _ in range(4)] == [401, 401, 401, 429]
    assert caller(key).call("GET", "/admin/routes")[0] == 200


def test_the_data_plane_knows_no_such_tokens():
    from proxy.snapshot.configuration import Configuration

    assert "api_tokens" not in Configuration.__annotations__


def test_the_command_prints_a_token_within_the_rights_of_its_owner(alice, capsys):
    call_command("create_api_token", "alice", "--name", "deploy", "--scope", "write", "--ttl", "60")
    assert caller(capsys.readouterr().out.strip()).call("GET", "/admin/routes")[0] == 200
    with pytest.raises(CommandError, match="no administrator"):
        call_command("create_api_token", "alice", "--name", "deploy", "--scope", "admin")
    with pytest.raises(CommandError, match="no active account"):
        call_command("create_api_token", "bob", "--name", "deploy")
