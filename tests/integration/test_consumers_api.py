"""GET, POST, PUT and DELETE /admin/consumers, …/keys and …/basic (G-226)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from permissions import compile as compiled
from permissions.key_hash import is_key, is_key_of
from permissions.models import Consumer, Credential, Grant
from permissions.password_hash import is_password_of
from revisions.current import current_revision
from revisions.models import Revision
from tests.common.factories import make_permission

pytestmark = pytest.mark.django_db

PATH = "/admin/consumers"
FIELDS = [
    "id", "name", "description", "is_active", "labels", "jwt_subject", "rate_limit_rpm", "plugins", "created_at",
    "updated_at",
]  # fmt: skip
KEY_FIELDS = ["id", "name", "prefix", "last_characters", "expires_at", "is_active", "created_at", "updated_at"]
BASIC_FIELDS = ["id", "name", "username", "expires_at", "is_active", "created_at", "updated_at"]
BASIC = {"username": "till-1", "password": "correct horse battery"}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@pytest.fixture
def shop(db) -> Consumer:
    return Consumer.objects.create(name="shop")


def made(admin: Any, path: str, body: Any) -> dict[str, Any]:
    status, reply = admin.call("POST", path, body)
    assert status == 200, reply
    content: dict[str, Any] = reply["content"]
    return content


def test_g226_a_consumer_is_created_with_its_defaults_and_read_back(admin):
    content = made(admin, PATH, {"name": "shop"})
    assert list(content) == ["consumer_id", "name", "created_at"]
    status, reply = admin.call("GET", f"{PATH}/{content['consumer_id']}")
    assert (status, reply["msg"], list(reply["content"])) == (200, "獲取消費者成功", FIELDS)
    shown = {name: reply["content"][name] for name in FIELDS[1:8]}
    assert shown == {
        "name": "shop", "description": "", "is_active": True, "labels": {}, "jwt_subject": None,
        "rate_limit_rpm": None, "plugins": {},
    }  # fmt: skip


def test_g226_consumers_are_listed_searched_filtered_and_paged(admin):
    for number in range(3):
        Consumer.objects.create(name=f"c{number}", description="till", is_active=number != 1)
    _status, reply = admin.call("GET", f"{PATH}?search=TILL&is_active=true&size=1&page=2")
    assert reply["content"]["total"] == 2
    assert [row["name"] for row in reply["content"]["consumers"]] == ["c2"]


@pytest.mark.parametrize("query", ["is_active=x", "page=0", "sort=id", "search=%00"])
def test_g226_a_bad_parameter_is_refused_by_name(admin, shop, query):
    for path in (PATH, f"{PATH}/{shop.pk}/keys", f"{PATH}/{shop.pk}/basic"):
        status, reply = admin.call("GET", f"{path}?{query}")
        assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [query.partition("=")[0]])


@pytest.mark.alike
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", None), ("name", "a,b"), ("name", "x" * 101), ("name", 1), ("description", "x" * 501),
        ("is_active", "yes"), ("labels", {"a": 1}), ("labels", []), ("jwt_subject", 5), ("jwt_subject", " a"),
        ("rate_limit_rpm", 0), ("rate_limit_rpm", "5"), ("rate_limit_rpm", 1_000_000_001), ("plugins", []),
        ("plugins", {"nothing": {}}), ("plugins", {"ip_restriction": {"allow": ["::"]}}),
        ("plugins", {"consumer_restriction": {}}),
        ("id", "7"), ("nonsense", 1),
    ],
)  # fmt: skip
def test_g013_a_bad_consumer_is_refused_by_the_name_of_the_field(admin, field, value):
    before = current_revision()
    status, reply = admin.call("POST", PATH, {"name": "shop", field: value})
    assert (status, reply["code"]) == (400, "F40000"), reply
    assert {name.split(".")[0] for name in reply["content"]["errors"]} == {field}
    assert current_revision() == before


@pytest.mark.parametrize(("field", "value"), [("name", "shop"), ("jwt_subject", "u1")])
def test_g226_a_name_or_subject_that_is_taken_is_a_conflict(admin, field, value):
    first = made(admin, PATH, {"name": "shop", "jwt_subject": "u1"})["consumer_id"]
    other = made(admin, PATH, {"name": "other"})["consumer_id"]
    for method, path, body in (
        ("POST", PATH, {"name": "new", field: value}),
        ("PUT", f"{PATH}/{other}", {field: value}),
    ):
        status, reply = admin.call(method, path, body)
        assert (status, reply["code"], reply["content"]["conflicts_with"]) == (409, "F40900", [first])


def test_g226_a_consumer_is_changed_guarded_by_its_etag_and_deleted_with_what_is_its_own(admin, shop):
    path = f"{PATH}/{shop.pk}"
    Grant.objects.create(permission=make_permission(), consumer=shop)
    made(admin, f"{path}/keys", {})
    etag = admin.get(path)["ETag"]
    status, reply = admin.call("PUT", path, {"rate_limit_rpm": 5, "name": "shop"}, **{"If-Match": etag})
    assert (status, reply["content"]["updated_fields"]) == (200, ["rate_limit_rpm"])
    assert admin.call("PUT", path, {"description": "x"}, **{"If-Match": etag})[0] == 412
    assert admin.call("DELETE", path, None, **{"If-Match": etag})[0] == 412
    status, reply = admin.call("DELETE", path)
    assert (status, reply["msg"], list(reply["content"])) == (200, "刪除消費者成功", ["consumer_id", "deleted_at"])
    assert (Credential.objects.count(), Grant.objects.count()) == (0, 0)
    assert admin.call("DELETE", path)[0] == 404


def test_g226_a_key_is_shown_once_and_kept_as_its_hash(admin, shop):
    response = admin.post(f"{PATH}/{shop.pk}/keys", {"name": "production"})
    content = response.json()["content"]
    key = content["key"]
    assert list(content) == ["key_id", "key", "prefix", "last_characters", "expires_at", "created_at"]
    assert response["Cache-Control"] == "no-store"
    assert is_key(key)
    row = Credential.objects.get(pk=content["key_id"])
    assert is_key_of(key, row.digest)
    assert key.startswith(content["prefix"])
    assert key.endswith(content["last_characters"])
    assert all(key not in str(value) for value in vars(row).values())
    _status, reply = admin.call("GET", f"{PATH}/{shop.pk}/keys")
    assert [list(shown) for shown in reply["content"]["keys"]] == [KEY_FIELDS]
    detail = admin.get(f"{PATH}/{shop.pk}/keys/{row.pk}")
    for shown in (reply, detail.json()):
        assert key not in str(shown)
        assert row.digest not in str(shown)
    assert detail["ETag"] == response["ETag"]


def test_g226_a_key_is_renamed_switched_off_and_revoked(admin, shop):
    path = f"{PATH}/{shop.pk}/keys"
    path = f"{path}/{made(admin, path, {})['key_id']}"
    assert len(compiled.credential_specs()) == 1
    status, reply = admin.call("PUT", path, {"name": "old", "is_active": False})
    assert (status, reply["content"]["updated_fields"]) == (200, ["name", "is_active"])
    assert compiled.credential_specs() == ()
    admin.call("PUT", path, {"is_active": True, "expires_at": "2000-01-01 00:00:00"})
    assert compiled.credential_specs() == ()
    etag = admin.get(path)["ETag"]
    assert admin.call("PUT", path, {"expires_at": None}, **{"If-Match": etag})[0] == 200
    assert len(compiled.credential_specs()) == 1
    assert admin.call("DELETE", path, None, **{"If-Match": etag})[0] == 412
    status, reply = admin.call("DELETE", path)
    assert (status, reply["msg"]) == (200, "撤銷 API 金鑰成功")
    assert compiled.credential_specs() == ()
    assert admin.call("GET", path)[0] == 404


def test_g226_an_inactive_consumer_takes_its_credentials_along(admin, shop):
    made(admin, f"{PATH}/{shop.pk}/keys", {})
    made(admin, f"{PATH}/{shop.pk}/basic", BASIC)
    assert {spec.kind for spec in compiled.credential_specs()} == {"api_key", "basic"}
    admin.call("PUT", f"{PATH}/{shop.pk}", {"is_active": False})
    assert compiled.credential_specs() == ()


def test_g226_a_password_is_never_shown_and_kept_as_its_hash(admin, shop):
    path = f"{PATH}/{shop.pk}/basic"
    content = made(admin, path, BASIC)
    assert list(content) == ["basic_id", "username", "expires_at", "created_at"]
    row = Credential.objects.get(pk=content["basic_id"])
    assert is_password_of(BASIC["password"], row.digest)
    _status, reply = admin.call("GET", path)
    assert [list(shown) for shown in reply["content"]["basic"]] == [BASIC_FIELDS]
    detail = admin.call("GET", f"{path}/{row.pk}")[1]
    assert all(secret not in str(shown) for shown in (reply, detail) for secret in (row.digest, BASIC["password"]))


def test_g226_a_password_and_a_user_name_are_changed(admin, shop):
    path = f"{PATH}/{shop.pk}/basic"
    path = f"{path}/{made(admin, path, BASIC)['basic_id']}"
    body = {"username": "till-2", "password": "another good password"}
    status, reply = admin.call("PUT", path, body)
    assert (status, reply["content"]["updated_fields"]) == (200, ["username", "password"])
    (spec,) = compiled.credential_specs()
    assert spec.identifier == "till-2"
    assert is_password_of("another good password", spec.digest)


def test_g226_a_user_name_that_is_taken_is_a_conflict(admin, shop):
    first = made(admin, f"{PATH}/{shop.pk}/basic", BASIC)["basic_id"]
    other = Consumer.objects.create(name="other")
    status, reply = admin.call("POST", f"{PATH}/{other.pk}/basic", BASIC)
    assert (status, reply["code"], reply["content"]["conflicts_with"]) == (409, "F40900", [first])
    second = made(admin, f"{PATH}/{other.pk}/basic", {**BASIC, "username": "till-2"})["basic_id"]
    assert admin.call("PUT", f"{PATH}/{other.pk}/basic/{second}", {"username": "till-1"})[0] == 409


@pytest.mark.alike
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""), ("username", "a:b"), ("username", " a"), ("username", "a\nb"), ("username", "x" * 256),
        ("username", None), ("username", 1), ("password", "x" * 11), ("password", "x" * 257), ("password", None),
        ("password", "with a \x07 bell in it"), ("password", 123456789012), ("name", "x" * 101),
        ("expires_at", "2000-01-01 00:00:00"), ("expires_at", "soon"), ("is_active", 1), ("digest", "x"),
        ("identifier", "x"), ("consumer", 1), ("kind", "api_key"),
    ],
)  # fmt: skip
def test_g013_a_bad_user_name_is_refused_by_the_name_of_the_field(admin, shop, field, value):
    before = current_revision()
    status, reply = admin.call("POST", f"{PATH}/{shop.pk}/basic", {**BASIC, field: value})
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])
    assert (current_revision(), Credential.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 101), ("expires_at", "2000-01-01 00:00:00"), ("expires_at", 5), ("is_active", "no"),
        ("key", "mine"), ("prefix", "x"), ("last_characters", "x"), ("digest", "x"),
    ],
)  # fmt: skip
def test_g013_a_bad_key_is_refused_by_the_name_of_the_field(admin, shop, field, value):
    status, reply = admin.call("POST", f"{PATH}/{shop.pk}/keys", {field: value})
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [field])
    assert not Credential.objects.exists()


@pytest.mark.alike
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"name":"a","name":"b"}'])
@pytest.mark.parametrize("rest", ["", "/{}/keys", "/{}/basic"])
def test_g014_a_body_that_is_no_json_object_is_refused(admin, shop, rest, body):
    response = admin.post(PATH + rest.format(shop.pk), data=body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "F40000")


def test_a_credential_is_found_only_below_its_own_consumer_and_kind(admin, shop):
    other = Consumer.objects.create(name="other")
    key = made(admin, f"{PATH}/{shop.pk}/keys", {})["key_id"]
    for path in (f"{PATH}/{other.pk}/keys/{key}", f"{PATH}/{shop.pk}/basic/{key}", f"{PATH}/9999/keys/{key}"):
        for method in ("GET", "PUT", "DELETE"):
            status, reply = admin.call(method, path, {} if method == "PUT" else None)
            assert (status, reply["code"]) == (404, "F40400")
    assert admin.call("GET", f"{PATH}/{other.pk}/keys")[1]["content"] == {"total": 0, "keys": []}
    for number in ("9999", "0", "x", "1.0"):
        assert admin.call("GET", f"{PATH}/{number}/basic")[0] == 404
        assert admin.call("POST", f"{PATH}/{number}/keys", {})[0] == 404


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        *((method, rest) for method in ("GET", "POST") for rest in ("", "/1/keys", "/1/basic")),
        *((method, rest) for method in ("GET", "PUT", "DELETE") for rest in ("/1", "/1/keys/1", "/1/basic/1")),
    ],
)
def test_g011_consumers_are_for_administrators_only(member, anonymous, method, rest):
    body = {} if method in ("POST", "PUT") else None
    status, reply = member.call(method, PATH + rest, body)
    assert (status, reply["code"]) == (403, "F40003")
    status, reply = anonymous.call(method, PATH + rest, body)
    assert (status, reply["code"]) == (401, "F40001")


def test_g500_each_write_is_one_revision_with_its_author(admin, shop):
    before = Revision.objects.count()
    key = made(admin, f"{PATH}/{shop.pk}/keys", {})["key_id"]
    admin.call("DELETE", f"{PATH}/{shop.pk}/keys/{key}", None, **{"X-Change-Reason": "it leaked"})
    basic = made(admin, f"{PATH}/{shop.pk}/basic", BASIC)["basic_id"]
    admin.call("PUT", f"{PATH}/{shop.pk}/basic/{basic}", {"password": "another good password", "name": "x"})
    assert Revision.objects.count() == before + 4
    assert set(Revision.objects.filter(number__gt=before).values_list("actor", flat=True)) == {"root"}
    assert Revision.objects.filter(reason="it leaked").count() == 1


@pytest.mark.parametrize(("rest", "queries"), [("", 4), ("/{}/keys", 5), ("/{}/basic", 5)])
def test_a_list_costs_the_same_however_long_it_is(admin, shop, django_assert_num_queries, rest, queries):
    for number in range(30):
        Consumer.objects.create(name=f"c{number}")
        row = Credential(consumer=shop)
        row.give_key()
        row.save()
        Credential.objects.create(consumer=shop, kind="basic", identifier=f"u{number}", digest="x")
    admin.call("GET", PATH)
    with django_assert_num_queries(queries):
        admin.call("GET", PATH + rest.format(shop.pk) + "?size=100")


def test_the_compile_of_credentials_costs_one_query(shop, django_assert_num_queries):
    for number in range(10):
        Credential.objects.create(consumer=shop, kind="basic", identifier=f"u{number}", digest="x")
    with django_assert_num_queries(1):
        assert len(compiled.credential_specs()) == 10


def test_g005_english_is_spoken_when_it_is_preferred(admin, shop):
    for rest, message in (("", "Consumers"), (f"/{shop.pk}/keys", "API keys"), (f"/{shop.pk}/basic", "User names")):
        _status, reply = admin.call("GET", PATH + rest, None, **{"Accept-Language": "en"})
        assert reply["msg"] == f"{message} fetched."
