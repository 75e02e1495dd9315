"""Nothing that is stored becomes markup of a page: not in the console, not in the API's own pages (R-20)."""

from __future__ import annotations

from contextlib import suppress
from html.parser import HTMLParser

import pytest
from django.contrib import admin as console
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse

from permissions.models import AuditEntry
from services.models import Service
from tests.common.corpora import naughty_strings
from tests.common.every_kind import described
from tests.common.every_write import EveryWrite

pytestmark = [pytest.mark.django_db, pytest.mark.alike]

HOSTILE = "'\"></textarea></script><script>zq()</script><img src=x onerror=zq()>"
SHORT = '"><i onclick=zq()>'
PAGES = ("changelist", "change", "history", "delete", "add")
HARMLESS = {"password", "key", "object_id", "session_key", "target_url", "seen", "standing"}
"""Columns that no page shows, by which one finds its row, or without whose syntax there is no configuration."""
CHANGES = [
    {"action": "create", "kind": "route", "data": {HOSTILE: HOSTILE, "name": HOSTILE}},
    {"action": "delete", "kind": "service", "name": HOSTILE},
]
"""Of a change set."""
DATA = ("application/json", "application/ld+json")


class Markup(HTMLParser):
    """What of a page would run the stored text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.is_script = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.is_script = tag == "script" and given.get("type") not in DATA
        for name, value in attributes:
            if "zq" in (value or "") and (name.startswith("on") or (value or "").strip().startswith("javascript:")):
                self.runs.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag):
        self.is_script = False

    def handle_data(self, data):
        if self.is_script and "zq()" in data:
            self.runs.append(data[:200])


def problems(response):
    """What is wrong with a page; empty if nothing is."""
    if response.status_code in (302, 403, 404, 405):
        return []
    page = response.content.decode()
    assert response.status_code in (200, 400, 503), page[:500]  # 503: what only a running node answers
    raw = [text for text in (HOSTILE, SHORT, "<script>zq()") if text in page]
    return raw + Markup(page).runs


def hostile(field):
    """What this column is given; None where it cannot hold any text."""
    if field.primary_key or field.choices or field.name in HARMLESS:
        return None
    if field.name == "changes":
        return CHANGES
    if isinstance(field, models.JSONField):
        return [HOSTILE] if field.get_default() == [] else {HOSTILE: HOSTILE}
    if isinstance(field, models.CharField | models.TextField):
        room = field.max_length or 1000
        return HOSTILE if room >= len(HOSTILE) else SHORT if room >= len(SHORT) else None
    return None


def make_hostile(model, kinds=(models.CharField, models.TextField, models.JSONField)):
    """The first row of a model, hostile wherever it can be."""
    row = model._default_manager.order_by("pk").first()
    for field in model._meta.concrete_fields if row is not None else ():
        if isinstance(field, kinds) and (text := hostile(field)) is not None:
            with suppress(IntegrityError, ValidationError), transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**{field.name: text})
    return row


def pages_of(model):
    """Each page of a model of the console; those of one row are of one that is hostile and has a hostile history."""
    row = make_hostile(model)
    if row is not None:
        LogEntry.objects.create(
            user=get_user_model().objects.first(), content_type=ContentType.objects.get_for_model(model),
            object_id=row.pk, object_repr=HOSTILE, action_flag=CHANGE, change_message=HOSTILE,
        )  # fmt: skip
    for page in PAGES:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        if page in ("changelist", "add"):
            yield reverse(name)
        elif row is not None:
            yield reverse(name, args=[row.pk])


MODELS = sorted(console.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def writes(db):
    AuditEntry.objects.create(actor=HOSTILE, object=HOSTILE, request_id=SHORT)
    return EveryWrite()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_r20_what_is_stored_is_shown_as_text_in_the_console(client, admin_user, writes, model):
    client.force_login(admin_user)
    answers = {page: client.get(page) for page in ["/console/", *pages_of(model)]}
    assert len(answers) > 2
    assert {page: wrong for page, answer in answers.items() if (wrong := problems(answer))} == {}
    shown = "".join(answer.content.decode() for answer in answers.values())
    assert "zq()" in shown or not model._default_manager.exists()


def test_r20_published_strings_are_shown_as_text(client, admin_user):
    names = [text for text in naughty_strings() if set(text) & set("<>\"'&") and len(text) <= 100]
    Service.objects.bulk_create([Service(name=text) for text in dict.fromkeys(names)])
    client.force_login(admin_user)
    shown = "".join(
        client.get(f"/console/services/service/?p={page}").content.decode()
        for page in range(1, 2 + len(names) // console.site._registry[Service].list_per_page)
    )
    assert [text for text in names if ("<" in text or '"' in text) and text.strip() in shown and len(text) > 8] == []
    assert "&lt;script&gt;" in shown


def test_r20_what_is_stored_is_shown_as_text_by_the_pages_of_the_api(client, admin_user, writes):
    client.force_login(admin_user)
    shown = ""
    for model in MODELS:
        make_hostile(model, (models.CharField, models.TextField))
    for path, item in described().items():
        if "get" in item:
            where = writes.path(("get", path)).partition("?")[0]
            page = client.get(where, headers={"accept": "text/html"})
            if page["Content-Type"].startswith("text/html"):
                shown += page.content.decode()
                assert problems(page) == [], path
            else:
                assert page["X-Content-Type-Options"] == "nosniff", path
    assert "&lt;script&gt;zq()" in shown
