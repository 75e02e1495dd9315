"""Who may call the control plane: tokens and sessions (G-007…G-011)."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from rest_framework.exceptions import NotAuthenticated
from rest_framework.test import APIClient

from permissions.models import Grant, Permission, RevokedToken, Role, TokenIssuer
from tests.common import access_tokens
from tests.common.key_server import key_server
from tests.common.tokens import private_key, public_jwk, public_pem
from tests.conftest import caller

pytestmark = pytest.mark.django_db

ANY = "/admin/routes"
ADMIN = "/admin/permissions"


def status(token: str | None, path: str = ANY) -> int:
    return caller(token).call("GET", path)[0]


def of_issuer(kind: str, algorithm: str, kid: str | None = None, **claims: Any) -> str:
    payload = {"iss": "https://idp", "sub": "u1", "exp": int(time.time()) + 60, **claims}
    return jwt.encode(payload, private_key(kind), algorithm, headers={"kid": kid} if kid else None)


def test_g007_a_token_of_the_built_in_issuer_is_let_in(db):
    assert status(access_tokens.access()) == 200


REFUSED: dict[str, Any] = {
    "badly signed": lambda: access_tokens.access(secret="x" * 48),
    "expired": lambda: access_tokens.access(ttl=-1),
    "not yet valid": lambda: access_tokens.access(nbf=int(time.time()) + 60),
    "wrong issuer": lambda: access_tokens.access(iss="other"),
    "refresh used as access": lambda: access_tokens.access(token_type="refresh"),
    "alg none": lambda: jwt.encode({"iss": settings.GATEWAY_JWT_ISSUER, "sub": "u1", "exp": 2e9}, None, "none"),
    "malformed": lambda: "abc",
    "empty": lambda: "",
    "too long": lambda: access_tokens.access(pad="x" * 8000),
    "permissions of a wrong type": lambda: access_tokens.access(permissions="gateway.admin"),
}


@pytest.mark.alike
@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("path", [ANY, ADMIN])
def test_g008_a_bad_token_is_f40001_with_a_challenge(kind, path):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {REFUSED[kind]()}")
    response = client.get(path)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    reply = response.json()
    assert (reply["code"], reply["content"], set(reply)) == ("F40001", {}, {"code", "msg", "content"})


@pytest.mark.parametrize("header", ["", "Bearer", "Basic dTpw", "Token abc", "Bearer a, Bearer b"])
def test_g008_any_other_authorization_header_is_refused(header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert client.get(ANY).status_code == 401


def test_g008_no_token_at_all_is_refused_with_a_challenge():
    response = APIClient().get(ANY)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json()["msg"] == "未授權訪問，缺少或無效的訪問令牌"


def test_a_bad_token_is_refused_even_where_a_session_would_do(client):
    client.force_login(get_user_model().objects.create_superuser("root"))
    assert client.get(ANY).status_code == 200
    assert client.get(ANY, headers={"Authorization": "Bearer abc"}).status_code == 401


@pytest.mark.parametrize("claims", [{"permissions": ["gateway.admin"]}, {"role": "admin"}, {"roles": ["x", "admin"]}])
def test_g007_an_administrator_has_the_permission_or_the_role(claims):
    assert status(access_tokens.access(**claims), ADMIN) == 200


@pytest.mark.parametrize("claims", [{}, {"permissions": ["admin"]}, {"roles": ["gateway.admin"]}, {"is_admin": True}])
def test_g010_anybody_else_is_f40003(claims):
    assert status(access_tokens.access(**claims), ADMIN) == 403


def test_g223_a_role_grant_counts_until_it_expires(db):
    role = Role.objects.create(name="ops")
    grant = Grant.objects.create(role=role, permission=Permission.objects.get(code="gateway.admin"))
    token = access_tokens.access(role="ops")
    assert status(token, ADMIN) == 200
    Grant.objects.filter(pk=grant.pk).update(expires_at="2020-01-01T00:00:00Z")
    assert status(token, ADMIN) == 403


def test_g009_a_revoked_token_is_refused_by_the_next_request(db):
    token = access_tokens.access(jti="j1")
    assert status(token) == 200
    row = RevokedToken.objects.create(jti="j1", expires_at="2100-01-01T00:00:00Z")
    assert status(token) == 401
    row.delete()
    assert status(token) == 200


def test_g007_an_issuer_with_a_pem_key_is_trusted_while_its_row_is_active(db):
    token = of_issuer("RSA", "RS256")
    assert status(token) == 401
    row = TokenIssuer.objects.create(
        name="idp", issuer="https://idp", algorithms=["RS256"], public_key_pem=public_pem("RSA")
    )
    assert status(token) == 200
    assert status(of_issuer("RSA-other", "RS256")) == 401
    TokenIssuer.objects.filter(pk=row.pk).update(is_active=False)
    assert status(token) == 401


def test_g007_an_issuer_with_a_key_set_is_asked_once_for_its_keys(db):
    with key_server() as server:
        server.answer = {"keys": [public_jwk("RSA", kid="k1")]}
        TokenIssuer.objects.create(name="idp", issuer="https://idp", algorithms=["RS256"], jwks_url=server.url)
        for _ in range(3):
            assert status(of_issuer("RSA", "RS256", "k1")) == 200
            assert status(of_issuer("RSA-other", "RS256", "k2")) == 401
        assert server.requests == 1


def test_a_row_that_cannot_be_used_hurts_nobody_else(db):
    TokenIssuer.objects.create(name="broken", issuer="https://idp", algorithms=["RS256"], public_key_pem="nonsense")
    assert status(access_tokens.access()) == 200
    assert status(of_issuer("RSA", "RS256")) == 401


@pytest.mark.parametrize(
    ("flags", "any_path", "admin_path"),
    [
        ({"is_superuser": True}, 200, 200),
        ({"is_staff": True}, 200, 403),
        ({}, 200, 403),
        ({"is_superuser": True, "is_active": False}, 401, 401),
    ],
)
def test_a_logged_in_person_is_judged_by_the_account(client, flags, any_path, admin_path):
    client.force_login(get_user_model().objects.create_user("person", password="pw", **flags))
    assert client.get(ANY).status_code == any_path
    assert client.get(ADMIN).status_code == admin_path


def test_a_session_cannot_write_without_its_csrf_token(db):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_superuser("root"))
    response = client.post(ADMIN, {"permission_code": "a", "permission_name": "a"}, format="json")
    assert (response.status_code, response.json()["code"]) == (403, "F40003")


def test_g011_the_setting_tightens_writes_of_a_view_that_names_it(settings, rf):
    from permissions.api.access import IsAuthenticated
    from permissions.api.verifier import caller_of

    class View:
        write_permission_setting = "GATEWAY_SERVICE_WRITE_PERMISSION"

    def may(method: str, user: Any) -> bool:
        request = rf.generic(method, "/")
        request.user = user
        return IsAuthenticated().has_permission(request, View())

    plain, holder = caller_of(access_tokens.access()), caller_of(access_tokens.access(permissions=["service.write"]))
    root = caller_of(access_tokens.access(role="admin"))
    assert all(may("POST", one) for one in (plain, holder, root))
    settings.GATEWAY_SERVICE_WRITE_PERMISSION = "service.write"
    assert [may("POST", one) for one in (plain, holder, root)] == [False, True, True]
    assert may("GET", plain)
    assert not may("POST", get_user_model()(username="p"))
    with pytest.raises(NotAuthenticated):
        may("GET", AnonymousUser())
