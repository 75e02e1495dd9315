"""The console pages of this app."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as DjangoPermission
from django.utils import timezone

from permissions.models import Consumer, Credential, Grant, LoginFailures, Permission, RevokedToken, Role, TokenIssuer
from revisions.models import Revision
from tests.common.factories import make_permission
from tests.common.tokens import OTHER_SECRET, SECRET, public_pem

pytestmark = pytest.mark.django_db

PAGES = ("permission", "role", "consumer", "credential", "grant", "tokenissuer", "revokedtoken", "loginfailures")
FORM = {
    "name": "idp",
    "issuer": "https://idp",
    "algorithms": ["HS256"],
    "secret": "",
    "public_key_pem": "",
    "jwks_url": "",
    "audience": "",
    "leeway_seconds": "0",
    "is_active": "on",
}


def url(page: str, rest: str = "") -> str:
    return f"/console/permissions/{page}/{rest}"


@pytest.fixture
def issuer(db):
    return TokenIssuer.objects.create(name="idp", issuer="https://idp", algorithms=["HS256"], secret=SECRET)


@pytest.fixture
def rows(issuer):
    role, shop = Role.objects.create(name="ops"), Consumer.objects.create(name="shop")
    return {
        "permission": Permission.objects.get(code="gateway.admin"),
        "role": role,
        "consumer": shop,
        "credential": Credential.objects.create(consumer=shop, kind="basic", identifier="till-1", digest="x"),
        "grant": Grant.objects.create(permission=make_permission(), role=role),
        "tokenissuer": issuer,
        "revokedtoken": RevokedToken.objects.create(jti="j", expires_at=timezone.now()),
        "loginfailures": LoginFailures.objects.create(key="account:x", since=timezone.now()),
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_list_and_every_page_opens(admin_client, rows, page):
    assert admin_client.get(url(page)).status_code == 200
    assert admin_client.get(url(page), {"q": "x"}).status_code in (200, 302)
    assert admin_client.get(url(page, f"{rows[page].pk}/change/")).status_code == 200
    expected = 403 if page in ("credential", "loginfailures") else 200
    assert admin_client.get(url(page, "add/")).status_code == expected


def test_a_secret_goes_in_and_never_comes_out(admin_client):
    response = admin_client.post(url("tokenissuer", "add/"), {**FORM, "secret": SECRET})
    assert response.status_code == 302, re.findall(r"errorlist.*?</ul>", response.text, re.DOTALL)
    row = TokenIssuer.objects.get()
    assert (row.secret, row.algorithms) == (SECRET, ["HS256"])
    for page in (url("tokenissuer"), url("tokenissuer", f"{row.pk}/change/"), url("tokenissuer", f"{row.pk}/history/")):
        assert SECRET not in admin_client.get(page).text


def test_a_refused_form_does_not_show_the_secret_either(admin_client):
    response = admin_client.post(url("tokenissuer", "add/"), {**FORM, "secret": SECRET, "algorithms": ["RS256"]})
    assert response.status_code == 200
    assert SECRET not in response.text
    assert not TokenIssuer.objects.exists()


def test_who_may_only_look_is_not_shown_the_secret(client, issuer):
    person = get_user_model().objects.create_user("looker", password="x", is_staff=True)
    person.user_permissions.add(DjangoPermission.objects.get(codename="view_tokenissuer"))
    client.force_login(person)
    response = client.get(url("tokenissuer", f"{issuer.pk}/change/"))
    assert response.status_code == 200
    assert SECRET not in response.text


def test_a_secret_left_empty_stays_and_a_new_one_takes_its_place(admin_client, issuer):
    page = url("tokenissuer", f"{issuer.pk}/change/")
    assert admin_client.post(page, {**FORM, "audience": "api"}).status_code == 302
    issuer.refresh_from_db()
    assert (issuer.secret, issuer.audience) == (SECRET, "api")
    assert admin_client.post(page, {**FORM, "secret": OTHER_SECRET}).status_code == 302
    issuer.refresh_from_db()
    assert issuer.secret == OTHER_SECRET


def test_a_public_key_takes_the_place_of_a_secret(admin_client, issuer):
    page = url("tokenissuer", f"{issuer.pk}/change/")
    body = {**FORM, "algorithms": ["RS256"], "public_key_pem": public_pem("RSA")}
    assert admin_client.post(page, body).status_code == 302
    issuer.refresh_from_db()
    assert issuer.secret == ""


def test_a_system_permission_has_no_delete_and_there_is_no_bulk_delete(admin_client, rows):
    assert admin_client.get(url("permission", f"{rows['permission'].pk}/delete/")).status_code == 403
    admin_client.post(
        url("permission"), {"action": "delete_selected", "_selected_action": [rows["permission"].pk], "post": "yes"}
    )
    assert Permission.objects.filter(code="gateway.admin").exists()


def test_a_grant_notes_who_gave_it_and_is_one_revision(admin_client):
    permission = make_permission()
    before = Revision.objects.count()
    body = {
        "permission": permission.pk,
        "user": "u1",
        "role": "",
        "consumer": "",
        "expires_at_0": "",
        "expires_at_1": "",
    }
    assert admin_client.post(url("grant", "add/"), body).status_code == 302
    assert Grant.objects.get().granted_by == "admin"
    assert Revision.objects.count() == before + 1
    assert Revision.objects.first().actor == "admin"


def test_a_grant_made_on_the_page_of_its_role_notes_it_too(admin_client):
    role = Role.objects.create(name="ops")
    body = {
        "name": "ops",
        "description": "",
        "grants-TOTAL_FORMS": "1",
        "grants-INITIAL_FORMS": "0",
        "grants-0-permission": make_permission().pk,
        "grants-0-role": role.pk,
        "grants-0-expires_at_0": "",
        "grants-0-expires_at_1": "",
    }
    assert admin_client.post(url("role", f"{role.pk}/change/"), body).status_code == 302
    assert Grant.objects.get().granted_by == "admin"


def test_a_revocation_is_made_in_the_console_and_not_edited(admin_client):
    body = {"jti": "j1", "expires_at_0": "2100-01-01", "expires_at_1": "00:00", "reason": "lost"}
    assert admin_client.post(url("revokedtoken", "add/"), body).status_code == 302
    row = RevokedToken.objects.get()
    assert (row.jti, row.revoked_by) == ("j1", "admin")
    assert admin_client.post(url("revokedtoken", f"{row.pk}/change/"), {**body, "jti": "j2"}).status_code == 403


def test_the_list_of_issuers_shows_an_address_but_no_key(admin_client, issuer):
    TokenIssuer.objects.create(name="set", issuer="", algorithms=["RS256"], jwks_url="https://idp.example/keys")
    TokenIssuer.objects.create(name="pem", issuer="", algorithms=["RS256"], public_key_pem=public_pem("RSA"))
    text = admin_client.get(url("tokenissuer")).text
    assert "https://idp.example/keys" in text
    assert "********" in text
    assert "BEGIN PUBLIC KEY" not in text


def test_a_role_is_added_together_with_its_grants(admin_client):
    body = {
        "name": "ops",
        "description": "",
        "grants-TOTAL_FORMS": "1",
        "grants-INITIAL_FORMS": "0",
        "grants-0-permission": make_permission().pk,
        "grants-0-role": "",
        "grants-0-expires_at_0": "",
        "grants-0-expires_at_1": "",
    }
    assert admin_client.post(url("role", "add/"), body).status_code == 302
    assert Grant.objects.get().holder == "role:ops"
