"""Keys and user names in the console (G-226)."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as DjangoPermission

from permissions.key_hash import is_key, is_key_of
from permissions.models import Consumer, Credential
from permissions.password_hash import is_password_of
from revisions.models import Revision

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LIST = "/console/permissions/consumer/"


def form(*credentials: dict[str, str], initial: int = 0, **values: str) -> dict[str, str]:
    """What the page of a consumer sends."""
    body = {
        "name": "shop", "description": "", "is_active": "on", "labels": "", "jwt_subject": "", "rate_limit_rpm": "",
        "plugins": "", "grants-TOTAL_FORMS": "0", "grants-INITIAL_FORMS": "0",
        "credentials-TOTAL_FORMS": str(len(credentials)), "credentials-INITIAL_FORMS": str(initial), **values,
    }  # fmt: skip
    for number, credential in enumerate(credentials):
        fields = {"kind": "api_key", "name": "", "identifier": "", "password": "", "is_active": "on", **credential}
        body |= {f"credentials-{number}-{name}": value for name, value in fields.items()}
    return body


def errors(response) -> str:
    return " ".join(re.findall(r"errorlist.*?</ul>", response.text, re.DOTALL))


def test_g226_a_key_is_shown_by_the_answer_that_made_it_and_by_no_page_after(admin_client):
    before = Revision.objects.count()
    response = admin_client.post(LIST + "add/", form({}, {"name": "second"}))
    assert response.status_code == 200, errors(response)
    keys = re.findall(r"data-key>([^<]+)<", response.text)
    rows = list(Credential.objects.order_by("id"))
    assert [is_key_of(key, row.digest) for key, row in zip(keys, rows, strict=True)] == [True, True]
    assert all(map(is_key, keys))
    assert "no-store" in response["Cache-Control"]
    assert Revision.objects.count() == before + 1
    shop = Consumer.objects.get()
    pages = (LIST, f"{LIST}{shop.pk}/change/", f"{LIST}{shop.pk}/history/", "/console/permissions/credential/")
    for page in (*pages, f"/console/permissions/credential/{rows[0].pk}/change/", "/console/"):
        text = admin_client.get(page).text
        assert not any(secret in text for secret in (*keys, *(row.digest for row in rows)))


def test_g226_saving_a_consumer_again_keeps_its_key(admin_client):
    admin_client.post(LIST + "add/", form({}))
    (row,) = Credential.objects.all()
    fields = {"id": str(row.pk), "consumer": str(row.consumer_id), "name": "renamed"}
    response = admin_client.post(f"{LIST}{row.consumer_id}/change/", form(fields, initial=1))
    assert response.status_code == 302, errors(response)
    (after,) = Credential.objects.all()
    assert (after.identifier, after.digest, after.name) == (row.identifier, row.digest, "renamed")


def test_g226_a_password_goes_in_and_never_comes_out(admin_client):
    given = {"kind": "basic", "identifier": "till-1", "password": PASSWORD}
    assert admin_client.post(LIST + "add/", form(given)).status_code == 302
    row = Credential.objects.get()
    assert is_password_of(PASSWORD, row.digest)
    page = f"/console/permissions/credential/{row.pk}/change/"
    for shown in (page, f"{LIST}{row.consumer_id}/change/"):
        assert PASSWORD not in admin_client.get(shown).text
        assert row.digest not in admin_client.get(shown).text
    kept = {"kind": "basic", "name": "x", "identifier": "till-1", "password": "", "is_active": "on"}
    dates = {"expires_at_0": "", "expires_at_1": ""}
    assert admin_client.post(page, {**kept, **dates}).status_code == 302
    assert Credential.objects.get().digest == row.digest
    assert admin_client.post(page, {**kept, **dates, "password": "another good password"}).status_code == 302
    assert is_password_of("another good password", Credential.objects.get().digest)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "basic", "identifier": "till-1"}, "需要密碼"),
        ({"kind": "basic", "password": PASSWORD}, "需要使用者名稱"),
        ({"kind": "basic", "identifier": "a:b", "password": PASSWORD}, "冒號"),
        ({"kind": "basic", "identifier": "till-1", "password": "short"}, "密碼長度"),
        ({"kind": "basic", "identifier": "taken", "password": PASSWORD}, "已被使用"),
        ({"kind": "api_key", "identifier": "till-1"}, "沒有使用者名稱與密碼"),
    ],
)
def test_g226_a_form_that_cannot_be_is_refused_with_the_reason(admin_client, given, message):
    other = Consumer.objects.create(name="other")
    Credential.objects.create(consumer=other, kind="basic", identifier="taken", digest="x")
    response = admin_client.post(LIST + "add/", form(given))
    assert response.status_code == 200
    assert message in response.text
    assert PASSWORD not in response.text
    assert not Consumer.objects.filter(name="shop").exists()


def test_who_may_only_look_is_shown_neither_password_nor_hash(client):
    shop = Consumer.objects.create(name="shop")
    row = Credential.objects.create(consumer=shop, kind="basic", identifier="till-1", digest="the-hash")
    person = get_user_model().objects.create_user("looker", password="x", is_staff=True)
    views = DjangoPermission.objects.filter(codename__in=("view_credential", "view_consumer"))
    person.user_permissions.add(*views)
    client.force_login(person)
    for page in (f"{LIST}{shop.pk}/change/", f"/console/permissions/credential/{row.pk}/change/"):
        response = client.get(page)
        assert response.status_code == 200
        assert "till-1" in response.text
        assert "the-hash" not in response.text


def test_a_credential_is_found_by_what_it_is_recognised_by(admin_client):
    shop = Consumer.objects.create(name="shop")
    Credential.objects.create(consumer=shop, kind="basic", identifier="till-1", digest="x")
    Credential.objects.create(consumer=shop, kind="basic", identifier="till-2", digest="x")
    text = admin_client.get("/console/permissions/credential/", {"q": "till-2"}).text
    assert "till-2" in text
    assert "till-1" not in text
