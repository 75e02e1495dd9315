"""/admin/auth/token, /refresh and /revoke (G-017, edge rule A3)."""

from __future__ import annotations

import io
import threading
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from permissions import login_throttle
from permissions.models import LoginFailures, RevokedToken
from revisions.current import current_revision
from tests.common import access_tokens
from tests.conftest import caller

pytestmark = pytest.mark.django_db

TOKEN, REFRESH, REVOKE = "/admin/auth/token", "/admin/auth/refresh", "/admin/auth/revoke"
GOOD = {"username": "person", "password": "a good password"}


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    """The real hash takes a quarter of a second a login."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def person(db: None) -> Any:
    return get_user_model().objects.create_user(**GOOD)


def logged_in() -> dict[str, Any]:
    status, reply = caller(None).call("POST", TOKEN, GOOD)
    assert status == 200, reply
    content: dict[str, Any] = reply["content"]
    return content


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, settings.GATEWAY_JWT_SECRET, ["HS256"], issuer=settings.GATEWAY_JWT_ISSUER)


def refresh(token: str) -> tuple[int, dict[str, Any]]:
    return caller(None).call("POST", REFRESH, {"refresh": token})


def may_call(token: str) -> bool:
    return caller(token).call("GET", "/admin/routes")[0] == 200


def test_g017_a_login_answers_with_tokens(person):
    content = logged_in()
    assert list(content) == ["access", "refresh", "expires_in"]
    found = claims(content["access"])
    assert found["sub"] == found["user_id"] == "person"
    assert (found["permissions"], found["roles"], found["token_type"]) == ([], [], "access")
    assert found["exp"] - found["iat"] == content["expires_in"]
    assert abs(found["exp"] - time.time() - content["expires_in"]) < 10
    assert found["jti"]
    assert may_call(content["access"])
    assert not may_call(content["refresh"])


def test_g017_groups_become_roles_and_a_superuser_an_administrator(person):
    person.groups.add(Group.objects.create(name="buyers"), Group.objects.create(name="a,admin"))
    assert claims(logged_in()["access"])["roles"] == ["buyers"]
    get_user_model().objects.filter(pk=person.pk).update(is_superuser=True)
    token = logged_in()["access"]
    assert claims(token)["roles"] == ["admin", "buyers"]
    assert caller(token).call("GET", "/admin/permissions")[0] == 200


@pytest.mark.parametrize(
    "body", [{**GOOD, "password": "wrong"}, {**GOOD, "username": "nobody"}, {**GOOD, "username": "PERSON"}]
)
def test_g017_a_wrong_login_is_f40001_and_does_not_say_why(person, body):
    status, reply = caller(None).call("POST", TOKEN, body)
    assert (status, reply) == (401, {"code": "F40001", "msg": "用戶名或密碼錯誤", "content": {}})


def test_g017_a_disabled_account_cannot_log_in(person):
    get_user_model().objects.filter(pk=person.pk).update(is_active=False)
    assert caller(None).call("POST", TOKEN, GOOD)[0] == 401


@pytest.mark.alike
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (TOKEN, {"password": "x"}, "username"),
        (TOKEN, {"username": "x"}, "password"),
        (TOKEN, {**GOOD, "username": 5}, "username"),
        (TOKEN, {**GOOD, "username": ""}, "username"),
        (TOKEN, {**GOOD, "username": None}, "username"),
        (TOKEN, {**GOOD, "username": "a\u0000"}, "username"),
        (TOKEN, {**GOOD, "password": ["x"]}, "password"),
        (TOKEN, {**GOOD, "password": "x" * 1025}, "password"),
        (TOKEN, {**GOOD, "otp": "1"}, "otp"),
        (REFRESH, {}, "refresh"),
        (REFRESH, {"refresh": 5}, "refresh"),
        (REFRESH, {"refresh": "x" * 8193}, "refresh"),
        (REVOKE, {}, "token"),
        (REVOKE, {"token": "a", "jti": "b"}, "token"),
        (REVOKE, {"token": "nonsense"}, "token"),
        (REVOKE, {"jti": ""}, "jti"),
        (REVOKE, {"jti": 5}, "jti"),
        (REVOKE, {"jti": "x" * 256}, "jti"),
    ],
)
def test_g013_bad_input_is_a_coded_error_that_names_the_field(admin, path, body, field):
    status, reply = admin.call("POST", path, body)
    assert (status, reply["code"]) == (400, "F40000"), reply
    assert list(reply["content"]["errors"]) == [field]


@pytest.mark.parametrize("path", [TOKEN, REFRESH, REVOKE])
def test_another_method_is_refused(admin, path):
    status, reply = admin.call("GET", path)
    assert (status, reply["code"]) == (405, "F40500")


def test_g017_a_refresh_token_is_good_once(person):
    first = logged_in()
    status, reply = refresh(first["refresh"])
    assert (status, reply["msg"]) == (200, "刷新令牌成功")
    second = reply["content"]
    assert may_call(second["access"])
    assert second["refresh"] != first["refresh"]
    status, reply = refresh(first["refresh"])
    assert (status, reply["code"]) == (401, "F40001")
    assert refresh(second["refresh"])[0] == 200


@pytest.mark.parametrize("forged", ["access", "text", "other secret", "expired", "no user", "odd user"])
def test_g017_anything_but_a_good_refresh_token_is_refused(person, forged):
    fresh = {"token_type": "refresh", "user_id": "person", "account": person.get_session_auth_hash()}
    text = {
        "access": lambda: logged_in()["access"],
        "text": lambda: "nonsense",
        "other secret": lambda: access_tokens.access(secret="x" * 48, **fresh),
        "expired": lambda: access_tokens.access(ttl=-1, **fresh),
        "no user": lambda: access_tokens.access(**{**fresh, "user_id": "nobody"}),
        "odd user": lambda: access_tokens.access(**{**fresh, "user_id": ["person"]}),
    }[forged]()
    status, reply = refresh(text)
    assert (status, reply["code"]) == (401, "F40001")


@pytest.mark.parametrize("how", ["password", "disabled", "deleted", "renamed"])
def test_a3_a_changed_account_ends_its_tokens_with_the_next_request(person, how):
    pair = logged_in()
    assert may_call(pair["access"])
    if how == "deleted":
        person.delete()
    else:
        if how == "password":
            person.set_password("another password")
        elif how == "renamed":
            person.username = "someone"
        person.is_active = how != "disabled"
        person.save()
    assert not may_call(pair["access"])
    assert refresh(pair["refresh"])[0] == 401


def test_a3_a_save_that_changes_nothing_of_the_account_ends_nothing(person):
    pair = logged_in()
    person.first_name = "P."
    person.save()
    person.last_login = timezone.now()
    person.save(update_fields=["last_login"])
    assert may_call(pair["access"])
    assert refresh(pair["refresh"])[0] == 200


def test_a3_a_password_changed_behind_djangos_back_still_refuses_the_refresh(person):
    pair = logged_in()
    person.set_password("another password")
    get_user_model().objects.filter(pk=person.pk).update(password=person.password)
    assert refresh(pair["refresh"])[0] == 401


def test_no_token_is_kept_in_the_database(person):
    logged_in()
    assert OutstandingToken.objects.count() == 2
    assert set(OutstandingToken.objects.values_list("token", flat=True)) == {""}


def test_g009_ones_own_token_is_revoked_until_its_end(person):
    pair = logged_in()
    before = current_revision()
    status, reply = caller(pair["access"]).call("POST", REVOKE, {"token": pair["access"]})
    assert (status, reply["msg"]) == (200, "撤銷令牌成功")
    assert list(reply["content"]) == ["jti", "expires_at", "revoked_at"]
    assert not may_call(pair["access"])
    row = RevokedToken.objects.get()
    assert row.expires_at.timestamp() == claims(pair["access"])["exp"]
    assert row.revoked_by == "person"
    assert current_revision() == before + 1


def test_g009_a_refresh_token_is_blacklisted(person):
    pair = logged_in()
    assert caller(pair["access"]).call("POST", REVOKE, {"token": pair["refresh"]})[0] == 200
    assert refresh(pair["refresh"])[0] == 401
    assert may_call(pair["access"])
    status, reply = caller(pair["access"]).call("POST", REVOKE, {"token": pair["refresh"]})
    assert (status, list(reply["content"]["errors"])) == (400, ["token"])


def test_g009_a_refresh_token_revoked_by_its_id_cannot_be_exchanged(person):
    pair = logged_in()
    assert caller(pair["access"]).call("POST", REVOKE, {"jti": claims(pair["refresh"])["jti"]})[0] == 200
    assert refresh(pair["refresh"])[0] == 401


def test_g009_by_id_ones_own_may_be_revoked_and_as_administrator_any(person, admin, member):
    pair, other = logged_in(), logged_in()
    mine = caller(pair["access"])
    assert mine.call("POST", REVOKE, {"jti": claims(other["access"])["jti"]})[0] == 200
    assert not may_call(other["access"])
    status, reply = member.call("POST", REVOKE, {"jti": claims(pair["access"])["jti"]})
    assert (status, reply["code"]) == (403, "F40003")
    assert mine.call("POST", REVOKE, {"jti": "unknown"})[0] == 403
    assert may_call(pair["access"])
    assert admin.call("POST", REVOKE, {"jti": claims(pair["access"])["jti"]})[0] == 200
    assert not may_call(pair["access"])
    status, reply = admin.call("POST", REVOKE, {"jti": "seen-nowhere"})
    assert status == 200
    assert RevokedToken.objects.get(jti="seen-nowhere").expires_at > timezone.now() + timedelta(days=365)


def test_g009_the_sent_token_may_be_revoked_by_its_id(db):
    token = access_tokens.access("u1", jti="mine")
    assert caller(token).call("POST", REVOKE, {"jti": "mine"})[0] == 200
    assert not may_call(token)


def test_g009_somebody_elses_token_is_for_administrators(db, member, admin):
    token = access_tokens.access("u2", jti="j2")
    status, reply = member.call("POST", REVOKE, {"token": token})
    assert (status, reply["code"]) == (403, "F40003")
    assert may_call(token)
    assert admin.call("POST", REVOKE, {"token": token})[0] == 200
    assert admin.call("POST", REVOKE, {"jti": "j2"})[0] == 200
    assert not may_call(token)
    assert RevokedToken.objects.count() == 1


def test_a_token_without_id_cannot_be_revoked_and_says_so(db, admin):
    status, reply = admin.call("POST", REVOKE, {"token": access_tokens.access(jti="")})
    assert (status, list(reply["content"]["errors"])) == (400, ["token"])


def test_revoking_needs_a_token(anonymous):
    assert anonymous.call("POST", REVOKE, {"jti": "x"})[0] == 401


def test_g009_what_expired_is_purged_and_what_still_counts_is_not(person):
    logged_in()
    now = timezone.now()
    RevokedToken.objects.create(jti="old", expires_at=now - timedelta(seconds=31))
    RevokedToken.objects.create(jti="leeway", expires_at=now - timedelta(seconds=20))
    OutstandingToken.objects.update(expires_at=now - timedelta(seconds=1))
    out = io.StringIO()
    call_command("purge_revoked", stdout=out)
    assert out.getvalue() == "3\n"
    assert list(RevokedToken.objects.values_list("jti", flat=True)) == ["leeway"]


def test_g017_logins_are_throttled_per_account_even_with_the_right_password(person, settings):
    settings.GATEWAY_LOGIN_FAILURES_PER_ACCOUNT = 3
    for _ in range(3):
        assert caller(None).call("POST", TOKEN, {**GOOD, "password": "wrong"})[0] == 401
    response = caller(None).post(TOKEN, GOOD)
    assert (response.status_code, response.json()["code"]) == (429, "F42900")
    assert 1 <= int(response["Retry-After"]) <= 300
    assert response.json()["msg"] == f"請求過於頻繁，請{response['Retry-After']}秒後重試"
    assert caller(None).call("POST", TOKEN, {**GOOD, "username": "Person"})[0] == 429
    assert caller(None).call("POST", TOKEN, {**GOOD, "username": "else"})[0] == 401
    LoginFailures.objects.update(since=timezone.now() - login_throttle.WINDOW)
    assert caller(None).call("POST", TOKEN, GOOD)[0] == 200


def test_g017_logins_are_throttled_per_address(person, settings):
    settings.GATEWAY_LOGIN_FAILURES_PER_ADDRESS = 3
    for number in range(3):
        assert caller(None).call("POST", TOKEN, {"username": f"u{number}", "password": "x"})[0] == 401
    assert caller(None).call("POST", TOKEN, GOOD)[0] == 429
    response = caller(None).post(TOKEN, GOOD, REMOTE_ADDR="192.0.2.9")
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "is_throttled"),
    [
        ("192.0.2.1", "198.51.100.{n}", (), True),
        ("192.0.2.1", "198.51.100.{n}", ("192.0.2.0/24",), False),
        ("192.0.2.1", "{n}.0.0.1, 198.51.100.7", ("192.0.2.0/24",), True),
        ("", "{n}.0.0.1, 198.51.100.7", (), True),
        ("", "198.51.100.{n}", (), False),
        ("", "nonsense{n}", (), True),
        ("2001:db8::{n}", "", (), True),
        ("2001:db8:{n}::1", "", (), False),
    ],
)
def test_g344_the_address_is_the_peers_or_what_a_trusted_peer_says(
    db, settings, peer, forwarded, trusted, is_throttled
):
    settings.GATEWAY_LOGIN_FAILURES_PER_ADDRESS = 2
    settings.GATEWAY_TRUSTED_PROXIES = trusted
    codes = [
        caller(None)
        .post(
            TOKEN,
            {"username": f"u{n}", "password": "x"},
            REMOTE_ADDR=peer.format(n=n),
            HTTP_X_FORWARDED_FOR=forwarded.format(n=n),
        )
        .status_code
        for n in range(1, 4)
    ]
    assert codes == [401, 401, 429 if is_throttled else 401]


def test_g017_a_right_password_gives_the_account_a_fresh_start(person, settings):
    settings.GATEWAY_LOGIN_FAILURES_PER_ACCOUNT = 3
    for _ in range(4):
        for _ in range(2):
            assert caller(None).call("POST", TOKEN, {**GOOD, "password": "wrong"})[0] == 401
        logged_in()
    assert LoginFailures.objects.get().count == 8


def test_names_typed_into_the_login_form_are_not_kept(person):
    caller(None).call("POST", TOKEN, {"username": "my secret password", "password": "x"})
    assert all("secret" not in key for key in LoginFailures.objects.values_list("key", flat=True))


@pytest.mark.django_db(transaction=True)
def test_g017_a_burst_of_attempts_at_once_cannot_pass_the_limit(settings):
    settings.GATEWAY_LOGIN_FAILURES_PER_ACCOUNT = 5
    admitted, refused = [], []

    def attempt() -> None:
        try:
            admitted.append(login_throttle.begin("person", "192.0.2.1"))
        except login_throttle.TooManyFailuresError:
            refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(admitted), len(refused)) == (5, 10)


@pytest.mark.django_db(transaction=True)
def test_g017_of_two_exchanges_at_once_one_succeeds():
    get_user_model().objects.create_user(**GOOD)
    text = logged_in()["refresh"]
    codes: list[int] = []

    def exchange() -> None:
        codes.append(refresh(text)[0])
        connection.close()

    threads = [threading.Thread(target=exchange) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 401, 401, 401]
