"""The rows of this app: what validation and the database refuse, and what is compiled of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import override

from permissions import compile as compiled
from permissions.credentials import TokenVerifier
from permissions.models import Consumer, Grant, Permission, RevokedToken, Role, TokenIssuer
from permissions.spec import ConsumerSpec, GrantSpec
from permissions.validators import validate_consumer_plugins
from revisions.current import current_revision
from tests.common.factories import make_permission
from tests.common.tokens import SECRET, public_pem

pytestmark = pytest.mark.django_db

ISSUER = {"name": "idp", "issuer": "https://idp", "algorithms": ["HS256"], "secret": SECRET}


def problems(row: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    return sorted(caught.value.message_dict)


def refused_by_the_database(row: Any) -> bool:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"algorithms": ["RS256", "PS256"], "secret": "", "public_key_pem": public_pem("RSA")},
        {"algorithms": ["EdDSA"], "secret": "", "public_key_pem": public_pem("Ed25519")},
        {"algorithms": ["RS256", "ES256"], "secret": "", "jwks_url": "https://idp.example/keys?tenant=1"},
        {"algorithms": ["RS256"], "secret": "", "jwks_url": "http://[::1]:8080/keys"},
        {"issuer": "", "leeway_seconds": 30, "audience": "api"},
    ],
)
def test_g007_an_issuer_whose_algorithms_fit_its_one_key_is_accepted(values):
    row = TokenIssuer(**{**ISSUER, **values})
    row.full_clean()
    row.save()
    assert TokenVerifier(compiled.issuer_specs()).problems == {}


@pytest.mark.alike
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a,b"}, "name"),
        ({"issuer": "a\nb"}, "issuer"),
        ({"algorithms": []}, "algorithms"),
        ({"algorithms": "HS256"}, "algorithms"),
        ({"algorithms": [1]}, "algorithms"),
        ({"algorithms": ["none"]}, "algorithms"),
        ({"algorithms": ["RS256"]}, "secret"),
        ({"algorithms": ["HS256", "RS256"]}, "secret"),
        ({"algorithms": ["HS512"]}, "secret"),
        ({"secret": "x" * 31}, "secret"),
        ({"secret": public_pem("RSA")}, "secret"),
        ({"secret": ""}, "secret"),
        ({"public_key_pem": public_pem("RSA")}, "secret"),
        ({"secret": "", "public_key_pem": "nonsense", "algorithms": ["RS256"]}, "public_key_pem"),
        ({"secret": "", "public_key_pem": public_pem("RSA"), "algorithms": ["ES256"]}, "public_key_pem"),
        ({"secret": "", "public_key_pem": public_pem("RSA-1024"), "algorithms": ["RS256"]}, "public_key_pem"),
        ({"secret": "", "jwks_url": "https://idp/keys", "algorithms": ["HS256"]}, "algorithms"),
        ({"leeway_seconds": 31}, "leeway_seconds"),
        ({"leeway_seconds": -1}, "leeway_seconds"),
        *(
            ({"secret": "", "jwks_url": url, "algorithms": ["RS256"]}, "jwks_url")
            for url in (
                "ftp://a/k",
                "file:///etc/passwd",
                "https://",
                "https://u:p@a/k",
                "https://a/k#x",
                "/keys",
                "https://a b/",
                "https://[::1",
                "https://a:99999/",
                "https://é/",
            )
        ),
    ],
)
def test_g007_any_other_issuer_is_refused_by_the_name_of_the_field(values, field):
    assert field in problems(TokenIssuer(**{**ISSUER, **values}))


@pytest.mark.parametrize("values", [{"secret": ""}, {"public_key_pem": "x"}, {"jwks_url": "x"}, {"leeway_seconds": 31}])
def test_g007_the_database_itself_refuses_an_issuer_with_no_or_two_keys(values):
    assert refused_by_the_database(TokenIssuer(**{**ISSUER, **values}))


def test_names_and_subjects_are_unique():
    TokenIssuer.objects.create(**ISSUER)
    Consumer.objects.create(name="shop", jwt_subject="u1")
    Role.objects.create(name="ops")
    RevokedToken.objects.create(jti="j", expires_at=timezone.now())
    rows = (
        TokenIssuer(**ISSUER),
        Consumer(name="shop"),
        Consumer(name="shop2", jwt_subject="u1"),
        Role(name="ops"),
        RevokedToken(jti="j", expires_at=timezone.now()),
        Permission(code="gateway.admin", name="x"),
    )
    for row in rows:
        with pytest.raises(ValidationError) as caught:
            row.full_clean()
        assert {one.code for errors in caught.value.error_dict.values() for one in errors} == {"conflict"}
        assert refused_by_the_database(row)


def test_g226_many_consumers_may_have_no_subject():
    for name in ("a", "b"):
        row = Consumer(name=name, jwt_subject="")
        row.full_clean()
        row.save()
    assert list(Consumer.objects.values_list("jwt_subject", flat=True)) == [None, None]


@pytest.mark.parametrize("labels", [[], "x", {"a": 1}, {"a": None}])
def test_g226_labels_are_an_object_of_texts(labels):
    assert problems(Consumer(name="a", labels=labels)) == ["labels"]


@pytest.mark.parametrize("limit", [None, 1, 1_000_000_000])
def test_g226_a_consumer_may_have_a_limit_of_its_own(limit):
    row = Consumer(name="a", rate_limit_rpm=limit)
    row.full_clean()
    row.save()
    assert compiled.consumer_specs()[0].rate_limit_rpm == limit


@pytest.mark.parametrize("limit", [0, -1, 1_000_000_001])
def test_g226_a_limit_beyond_the_range_is_refused_twice(limit):
    assert problems(Consumer(name="a", rate_limit_rpm=limit)) == ["rate_limit_rpm"]
    assert refused_by_the_database(Consumer(name="a", rate_limit_rpm=limit))


@pytest.mark.parametrize("plugins", [[], "x", 0, {"no_such_plugin": {}}])
def test_g226_the_plugins_of_a_consumer_are_an_object_of_known_names(plugins):
    assert problems(Consumer(name="a", plugins=plugins)) == ["plugins"]


@pytest.mark.parametrize("name", ["redirect", "cors", "request_id", "ip_restriction", "key_auth", "basic_auth"])
def test_a_plugin_that_runs_before_the_caller_is_known_is_refused_for_a_consumer_with_the_remedy(name):
    with override("en"), pytest.raises(ValidationError, match=f"{name}. Bind it to a route"):
        validate_consumer_plugins({name: {"enabled": False}})
    validate_consumer_plugins({"consumer_restriction": {"deny": ["shop"]}})


def test_g504_plugins_of_nonsense_do_not_keep_others_from_being_compiled():
    row = Consumer.objects.create(name="a")
    Consumer.objects.filter(pk=row.pk).update(plugins=["x"])
    assert compiled.consumer_specs()[0].plugins == {}


@pytest.mark.parametrize(
    "holders", [(), ("user", "role"), ("user", "consumer"), ("role", "consumer"), ("user", "role", "consumer")]
)
def test_g223_a_grant_has_exactly_one_holder(holders):
    made = {"user": "u1", "role": Role.objects.create(name="ops"), "consumer": Consumer.objects.create(name="shop")}
    row = Grant(permission=make_permission(), **{name: made[name] for name in holders})
    assert "user" in problems(row)
    assert refused_by_the_database(row)


@pytest.mark.parametrize("kind", ["user", "role", "consumer"])
def test_g223_a_permission_is_granted_to_a_holder_once(kind):
    made = {"user": "u1", "role": Role.objects.create(name="ops"), "consumer": Consumer.objects.create(name="shop")}
    permission = make_permission()
    row = Grant(permission=permission, **{kind: made[kind]})
    row.full_clean()
    row.save()
    second = Grant(permission=permission, **{kind: made[kind]})
    assert problems(second) == ["permission"]
    assert refused_by_the_database(second)


def test_g221_a_granted_permission_cannot_be_deleted_and_a_holder_takes_his_grants_along():
    role = Role.objects.create(name="ops")
    permission = make_permission()
    Grant.objects.create(permission=permission, role=role)
    with pytest.raises(ProtectedError), transaction.atomic():
        permission.delete()
    role.delete()
    assert not Grant.objects.exists()


def test_g224_grants_are_compiled_by_their_holders():
    future = datetime(2100, 1, 1, tzinfo=UTC)
    role, shop = Role.objects.create(name="ops"), Consumer.objects.create(name="shop", jwt_subject="u5")
    closed = Consumer.objects.create(name="closed", is_active=False)
    permission = make_permission("user.read")
    Grant.objects.create(permission=permission, user="u1", expires_at=future)
    Grant.objects.create(permission=permission, role=role)
    Grant.objects.create(permission=permission, consumer=shop)
    Grant.objects.create(permission=permission, consumer=closed)
    Grant.objects.create(permission=permission, user="u2", expires_at=timezone.now() - timedelta(seconds=1))
    assert compiled.grant_specs() == (
        GrantSpec(subject_kind="user", subject="u1", permission="user.read", expires_at=future.timestamp()),
        GrantSpec(subject_kind="role", subject="ops", permission="user.read"),
        GrantSpec(subject_kind="consumer", subject="shop", permission="user.read"),
    )
    assert compiled.consumer_specs() == (ConsumerSpec(id=str(shop.pk), name="shop", jwt_subject="u5"),)


def test_g007_the_built_in_issuer_is_the_first(settings):
    TokenIssuer.objects.create(**ISSUER)
    TokenIssuer.objects.create(**{**ISSUER, "name": "off"}, is_active=False)
    first, second = compiled.issuer_specs()
    assert (first.id, first.issuer, first.algorithms) == ("built-in", "api-gateway", ("HS256",))
    assert first.secret == settings.GATEWAY_JWT_SECRET
    assert (second.name, second.secret, second.algorithms) == ("idp", SECRET, ("HS256",))


def test_g504_an_issuer_of_nonsense_is_compiled_into_one_that_accepts_nothing():
    row = TokenIssuer.objects.create(**ISSUER)
    TokenIssuer.objects.filter(pk=row.pk).update(algorithms={"alg": "none"})
    assert list(TokenVerifier(compiled.issuer_specs()).problems) == [str(row.pk)]


def test_g009_revocations_are_compiled_until_no_leeway_could_save_the_token():
    now = timezone.now()
    for name, seconds in (("gone", -31), ("leeway", -25), ("alive", 60)):
        RevokedToken.objects.create(jti=name, expires_at=now + timedelta(seconds=seconds))
    assert {spec.jti for spec in compiled.revoked_token_specs()} == {"leeway", "alive"}


def test_the_compile_costs_one_query_a_kind(django_assert_num_queries):
    role = Role.objects.create(name="ops")
    for number in range(10):
        Grant.objects.create(permission=make_permission(f"p{number}"), role=role)
        Consumer.objects.create(name=f"c{number}")
    with django_assert_num_queries(4):
        compiled.issuer_specs()
        compiled.grant_specs()
        compiled.consumer_specs()
        compiled.revoked_token_specs()


def test_g104_every_write_of_these_rows_raises_the_revision():
    permission = make_permission()
    for make in (
        lambda: Role.objects.create(name="ops"),
        lambda: Consumer.objects.create(name="shop"),
        lambda: TokenIssuer.objects.create(**ISSUER),
        lambda: Grant.objects.create(permission=permission, user="u1"),
        lambda: RevokedToken.objects.create(jti="j", expires_at=timezone.now()),
        lambda: Grant.objects.update(expires_at=timezone.now()),
        lambda: Permission.objects.filter(code="service.read").delete(),
    ):
        before = current_revision()
        make()
        assert current_revision() == before + 1


def test_migrations_are_complete():
    call_command("makemigrations", "permissions", check=True, dry_run=True, verbosity=0)


def test_a_system_permission_keeps_its_code_however_it_is_saved():
    row = Permission.objects.get(code="gateway.admin")
    row.code = "x"
    assert problems(row) == ["code"]
    row.refresh_from_db()
    row.is_system = False
    assert problems(row) == ["is_system"]


def test_the_text_of_rows_names_them():
    shop = Consumer.objects.create(name="shop")
    permission = make_permission("user.read")
    role = Role.objects.create(name="ops")
    assert str(Grant(permission=permission, user="u1")) == "user.read → user:u1"
    assert str(Grant(permission=permission, role=role)) == "user.read → role:ops"
    assert str(Grant(permission=permission, consumer=shop)) == "user.read → consumer:shop"
    assert str(TokenIssuer(**ISSUER)) == "idp"
    assert SECRET not in repr(TokenIssuer(**ISSUER))
    assert str(RevokedToken(jti="j")) == "j"
    assert get_user_model()(username="p").get_username() == "p"


@pytest.mark.parametrize("actions", [{}, "", ()])
def test_g221_actions_are_a_list_even_when_they_are_empty(actions):
    assert "actions" in problems(Permission(code="a", name="a", actions=actions))


def test_g222_the_first_rows_can_be_taken_back_but_for_those_in_use():
    migration = import_module("permissions.migrations.0002_first_permissions")
    editor = SimpleNamespace(connection=connection)
    Grant.objects.create(permission=Permission.objects.get(code="service.read"), user="u1")
    migration.remove(apps, editor)
    assert list(Permission.objects.values_list("code", flat=True)) == ["service.read"]
    assert not Role.objects.exists()
    migration.add(apps, editor)
    assert Permission.objects.count() == 2
