"""Fixtures with natural keys: what dumpdata writes, loaddata brings back anywhere, as one recorded change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from permissions.models import Consumer, Grant, Permission, RevokedToken, Role, TokenIssuer
from revisions.models import ConfigurationModel, ConfigurationState, Revision
from revisions.natural_keys import NaturallyKeyed
from revisions.sealing import is_sealed, opened
from routing.models import GlobalPlugin, Route
from services.models import Service
from tests.common.every_kind import make_every_kind

pytestmark = pytest.mark.django_db


def dumped(path: Path) -> list[dict[str, Any]]:
    labels = [model._meta.label for model in kinds()]
    call_command("dumpdata", *labels, natural_foreign=True, natural_primary=True, output=str(path), verbosity=0)
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    return rows


def plain(value: Any) -> Any:
    """With what is sealed opened, for no two seals of one text are alike, and with one spelling of a full second.

    dumpdata writes thousandths: a moment in the first of them comes back as the full second and is written without any.
    """
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if is_sealed(value):
        return opened(value)
    return f"{value.removesuffix('.000Z')}Z" if isinstance(value, str) and value.endswith(".000Z") else value


def kinds() -> list[type[ConfigurationModel]]:
    return [model for model in apps.get_models() if issubclass(model, ConfigurationModel)]


def test_every_kind_of_row_but_routes_has_a_natural_key():
    assert [model for model in kinds() if not issubclass(model, NaturallyKeyed)] == [Route]


def test_a_natural_key_finds_its_row():
    make_every_kind()
    for model in kinds():
        if issubclass(model, NaturallyKeyed):
            rows = list(model.objects.all())
            assert rows, model
            assert [model.objects.get_by_natural_key(*row.natural_key()) for row in rows] == rows


def test_what_dumpdata_writes_loaddata_brings_back_as_one_revision(tmp_path):
    make_every_kind()
    before = dumped(tmp_path / "before.json")
    assert {row["model"] for row in before} >= {model._meta.label_lower for model in kinds()}
    assert [row["model"] for row in before if "pk" in row] == ["routing.route"]
    Grant.objects.all().delete()
    Route.objects.all().delete()
    for model in (Service, GlobalPlugin, Consumer, Role, TokenIssuer, RevokedToken, Permission):
        model.objects.all().delete()
    revision = ConfigurationState.objects.get().revision

    call_command("loaddata", str(tmp_path / "before.json"), verbosity=0)
    assert plain(dumped(tmp_path / "after.json")) == plain(before)
    newest = Revision.objects.get(number=revision + 1)
    assert (ConfigurationState.objects.get().revision, newest.actor) == (newest.number, "loaddata")
    assert newest.items.count() == len(before)

    call_command("loaddata", str(tmp_path / "before.json"), verbosity=0)
    assert plain(dumped(tmp_path / "again.json")) == plain(before)
