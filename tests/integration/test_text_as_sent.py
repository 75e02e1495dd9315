"""A text is kept as it came or refused; nothing of it is dropped on the way (R-20)."""

from __future__ import annotations

import pytest

from permissions.models import Permission, RevokedToken
from tests.common.every_write import BODIES, EveryWrite
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY

pytestmark = pytest.mark.django_db


def refused(reply):
    status, envelope = reply
    assert (status, envelope["code"]) == (400, "F40000")
    return list(envelope["content"]["errors"])


@pytest.mark.parametrize("name", [" user-service", "user-service ", "user-service\u3000", " "])
def test_r20_a_name_with_blanks_at_its_ends_is_refused(admin, name):
    assert refused(admin.call("POST", "/admin/services", {**INSTANCE_BODY, "service_name": name})) == ["service_name"]
    assert refused(admin.call("POST", "/admin/services", {**INSTANCE_BODY, "instance_id": name})) == ["instance_id"]
    assert refused(admin.call("POST", "/admin/routes", {**ROUTE_BODY, "service_name": name})) == ["service_name"]
    assert refused(admin.call("POST", "/admin/routes", {**ROUTE_BODY, "name": name})) == ["name"]


def test_r20_what_is_for_people_to_read_is_kept_with_its_blanks(admin):
    body = {"permission_code": "user.read", "permission_name": " Read users ", "description": "\tall of them\n"}
    assert admin.call("POST", "/admin/permissions", body)[0] == 200
    kept = Permission.objects.get(code="user.read")
    assert (kept.name, kept.description) == (body["permission_name"], body["description"])


def test_r20_blanks_alone_are_no_name(admin):
    body = {"permission_code": "user.read", "permission_name": " \t"}
    assert refused(admin.call("POST", "/admin/permissions", body)) == ["permission_name"]


def test_r20_the_token_that_is_named_is_the_one_that_is_revoked(admin):
    assert admin.call("POST", "/admin/auth/revoke", {"jti": " a-token "})[0] == 200
    assert RevokedToken.objects.get().jti == " a-token "


@pytest.mark.parametrize("query", ["since=", "until=", "action=", "outcome="])
def test_g015_a_moment_that_is_sent_empty_is_refused(admin, query):
    assert refused(admin.call("GET", f"/admin/audit?{query}")) == [query.removesuffix("=")]


def test_g013_what_of_a_grant_was_to_be_moved_is_named(admin):
    writes = EveryWrite()
    path = writes.path(("put", "/admin/grants/{id}"))
    assert refused(admin.call("PUT", path, {"user": "somebody-else"})) == ["user"]


def test_g013_an_algorithm_that_is_none_is_named_as_one(admin):
    body = {**BODIES["post", "/admin/issuers"], "algorithms": ["HS256", "<script>"]}
    assert refused(admin.call("POST", "/admin/issuers", body)) == ["algorithms"]
