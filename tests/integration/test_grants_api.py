"""GET, POST, PUT and DELETE /admin/roles and /admin/grants (G-223, G-224)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from permissions import compile as compiled
from permissions.api.grant_serializers import GrantSerializer
from permissions.api.role_serializers import RoleSerializer
from permissions.models import Consumer, Grant, Role
from revisions.change import change
from revisions.current import current_revision
from tests.common.access_tokens import access
from tests.common.factories import make_permission
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db

ROLES, GRANTS = "/admin/roles", "/admin/grants"
ROLE_FIELDS = ["id", "name", "description", "created_at", "updated_at"]
GRANT_FIELDS = [
    "id", "permission", "user", "role", "consumer", "granted_by", "granted_at", "expires_at", "updated_at",
]  # fmt: skip


@pytest.fixture
def reader(db: None) -> Role:
    make_permission("user.read")
    Consumer.objects.create(name="shop")
    return Role.objects.create(name="reader")


def made(admin: Caller, path: str, body: Any) -> dict[str, Any]:
    status, reply = admin.call("POST", path, body)
    assert status == 200, reply
    content: dict[str, Any] = reply["content"]
    return content


def test_g223_a_role_is_made_read_renamed_and_deleted(admin: Caller) -> None:
    content = made(admin, ROLES, {"name": "reader"})
    assert list(content) == ["role_id", "name", "created_at"]
    path = f"{ROLES}/{content['role_id']}"
    status, reply = admin.call("GET", path)
    assert (status, list(reply["content"]), reply["content"]["description"]) == (200, ROLE_FIELDS, "")
    etag = admin.get(path)["ETag"]
    status, reply = admin.call("PUT", path, {"name": "readers", "description": ""}, **{"If-Match": etag})
    assert (status, reply["content"]["updated_fields"]) == (200, ["name"])
    assert admin.call("PUT", path, {"name": "x"}, **{"If-Match": etag})[0] == 412
    status, reply = admin.call("DELETE", path)
    assert (status, list(reply["content"])) == (200, ["role_id", "deleted_at"])
    assert admin.call("GET", path)[1]["code"] == "F40400"


def test_g223_roles_are_listed_by_name_searched_and_paged(admin: Caller) -> None:
    for name in ("c", "a", "b"):
        Role.objects.create(name=f"team-{name}", description="Sales")
    _status, reply = admin.call("GET", f"{ROLES}?search=SALES&size=2")
    assert (reply["content"]["total"], [row["name"] for row in reply["content"]["roles"]]) == (3, ["team-a", "team-b"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"), ({"name": ""}, "name"), ({"name": "a,b"}, "name"), ({"name": "x" * 101}, "name"),
        ({"name": 1}, "name"), ({"name": "a", "description": "x" * 501}, "description"), ({"name": "a", "x": 1}, "x"),
    ],
)  # fmt: skip
def test_g013_a_bad_role_is_refused_by_the_name_of_the_field(admin: Caller, body: Any, field: str) -> None:
    before = current_revision()
    status, reply = admin.call("POST", ROLES, body)
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])
    assert current_revision() == before


def test_g223_a_role_whose_name_is_taken_is_a_conflict_and_one_in_use_is_kept(admin: Caller, reader: Role) -> None:
    status, reply = admin.call("POST", ROLES, {"name": "reader"})
    assert (status, reply["code"], reply["content"]["conflicts_with"]) == (409, "F40900", [str(reader.pk)])
    grant = made(admin, GRANTS, {"permission": "user.read", "role": "reader"})["grant_id"]
    status, reply = admin.call("DELETE", f"{ROLES}/{reader.pk}")
    assert (status, reply["code"]) == (409, "F40900")
    assert reply["content"]["used_by"] == [f"grant user.read → role:reader ({grant})"]
    assert admin.call("DELETE", f"{GRANTS}/{grant}")[0] == 200
    assert admin.call("DELETE", f"{ROLES}/{reader.pk}")[0] == 200


@pytest.mark.parametrize("holder", [{"user": "u1"}, {"role": "reader"}, {"consumer": "shop"}])
def test_g223_a_permission_is_granted_by_names_and_the_grant_says_by_whom(
    admin: Caller, reader: Role, holder: dict[str, str]
) -> None:
    content = made(admin, GRANTS, {"permission": "user.read", **holder, "expires_at": "2999-01-01 00:00:00"})
    _status, reply = admin.call("GET", f"{GRANTS}/{content.pop('grant_id')}")
    assert list(reply["content"]) == GRANT_FIELDS
    assert content.items() <= reply["content"].items()
    nobody = {"user": "", "role": None, "consumer": None}
    assert {name: content[name] for name in nobody} == {**nobody, **holder}
    assert (content["granted_by"], content["expires_at"]) == ("root", "2999-01-01 00:00:00")
    spec = compiled.grant_specs()[0]
    assert (spec.subject_kind, spec.subject, spec.permission) == (*next(iter(holder.items())), "user.read")


@pytest.mark.alike
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"permission": "nothing", "user": "u1"}, "permission"), ({"user": "u1"}, "permission"),
        ({"permission": 7, "user": "u1"}, "permission"), ({"permission": None, "user": "u1"}, "permission"),
        ({"permission": "user.read"}, "user"), ({"permission": "user.read", "user": "u1", "role": "reader"}, "user"),
        ({"permission": "user.read", "user": " u1"}, "user"), ({"permission": "user.read", "role": "none"}, "role"),
        ({"permission": "user.read", "role": ["reader"]}, "role"),
        ({"permission": "user.read", "consumer": "none"}, "consumer"),
        ({"permission": "user.read", "user": "u1", "expires_at": "soon"}, "expires_at"),
        ({"permission": "user.read", "user": "u1", "granted_by": "me"}, "granted_by"),
    ],
)  # fmt: skip
def test_g223_a_bad_grant_is_refused_by_the_name_of_the_field(
    admin: Caller, reader: Role, body: Any, field: str
) -> None:
    status, reply = admin.call("POST", GRANTS, body)
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field]), reply
    assert Grant.objects.count() == 0


def test_g225_an_unknown_permission_is_named(admin: Caller, reader: Role) -> None:
    _status, reply = admin.call("POST", GRANTS, {"permission": "nothing", "user": "u1"}, **{"Accept-Language": "en"})
    assert reply["content"]["errors"] == {"permission": ["Unknown permission: nothing"]}


def test_g223_a_grant_gets_another_end_and_keeps_its_permission_and_holder(admin: Caller, reader: Role) -> None:
    make_permission("user.write")
    path = f"{GRANTS}/{made(admin, GRANTS, {'permission': 'user.read', 'role': 'reader'})['grant_id']}"
    status, reply = admin.call("PUT", path, {"role": "reader", "expires_at": "2999-01-01 00:00:00"})
    assert (status, reply["content"]["updated_fields"]) == (200, ["expires_at"])
    for body in ({"permission": "user.write"}, {"role": None, "user": "u1"}):
        status, reply = admin.call("PUT", path, body)
        assert (status, reply["content"]["errors"].keys()) == (400, body.keys())


def test_g223_the_same_grant_twice_is_a_conflict_that_names_the_first(admin: Caller, reader: Role) -> None:
    first = made(admin, GRANTS, {"permission": "user.read", "role": "reader"})["grant_id"]
    status, reply = admin.call("POST", GRANTS, {"permission": "user.read", "role": "reader"})
    assert (status, reply["code"], reply["content"]["conflicts_with"]) == (409, "F40900", [first])
    made(admin, GRANTS, {"permission": "user.read", "user": "reader"})


def test_g223_grants_are_filtered_by_holder_permission_and_end(admin: Caller, reader: Role) -> None:
    write = make_permission("user.write")
    read = make_permission("user.read")
    Grant.objects.create(permission=read, user="u1", expires_at=timezone.now() - timedelta(seconds=1))
    Grant.objects.create(permission=write, user="u1", expires_at=timezone.now() + timedelta(hours=1))
    Grant.objects.create(permission=read, role=reader)
    Grant.objects.create(permission=read, consumer=Consumer.objects.get())
    for query, holders in {
        "user=u1": ["u1", "u1"], "user=u1&expired=false": ["u1"], "expired=true": ["u1"], "role=reader": ["reader"],
        "consumer=shop": ["shop"], "permission=user.read": ["u1", "reader", "shop"], "user=none": [],
    }.items():  # fmt: skip
        _status, reply = admin.call("GET", f"{GRANTS}?{query}")
        found = [row["user"] or row["role"] or row["consumer"] for row in reply["content"]["grants"]]
        assert (found, reply["content"]["total"]) == (holders, len(holders)), query


@pytest.mark.parametrize("query", ["expired=x", "page=0", "sort=id", "user=%00"])
def test_g223_a_bad_parameter_is_refused_by_name(admin: Caller, query: str) -> None:
    status, reply = admin.call("GET", f"{GRANTS}?{query}")
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [query.partition("=")[0]])


def test_g223_a_list_of_grants_costs_the_same_whatever_its_length(
    admin: Caller, reader: Role, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        Grant.objects.create(permission=make_permission("user.read"), user=f"u{number}")
        Grant.objects.create(permission=make_permission(f"p{number}"), role=reader)
    admin.call("GET", GRANTS)
    with django_assert_max_num_queries(6):
        assert len(admin.call("GET", f"{GRANTS}?size=40")[1]["content"]["grants"]) == 40


def test_g224_a_grant_of_gateway_admin_makes_an_administrator_until_it_expires(admin: Caller) -> None:
    other = caller(access("u1"))
    assert other.call("GET", GRANTS)[0] == 403
    grant = made(admin, GRANTS, {"permission": "gateway.admin", "user": "u1"})["grant_id"]
    assert other.call("GET", GRANTS)[0] == 200
    admin.call("PUT", f"{GRANTS}/{grant}", {"expires_at": "2020-01-01 00:00:00"})
    assert other.call("GET", GRANTS)[0] == 403


@pytest.mark.parametrize("path", [ROLES, GRANTS, "/admin/issuers"])
def test_g010_all_of_it_is_for_administrators(member: Caller, anonymous: Caller, path: str) -> None:
    for method, target in (
        ("GET", path),
        ("POST", path),
        ("GET", f"{path}/1"),
        ("PUT", f"{path}/1"),
        ("DELETE", f"{path}/1"),
    ):
        assert member.call(method, target, {})[1]["code"] == "F40003"
        assert anonymous.call(method, target, {})[1]["code"] == "F40001"


def test_g223_the_serializers_work_without_a_request(db: None) -> None:
    make_permission("user.read")
    role = RoleSerializer(data={"name": "reader"})
    assert role.is_valid()
    role.save()
    grant = GrantSerializer(data={"permission": "user.read", "role": "reader"})
    assert grant.is_valid()
    with change(actor="importer"):
        assert grant.save().granted_by == "importer"
