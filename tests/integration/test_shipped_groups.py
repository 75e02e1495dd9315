"""The groups that every installation has after `migrate`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from services.ownership import ADMINISTRATOR, OPERATOR, VIEWER

ROOT = Path(__file__).resolve().parents[2]
GATEWAY_APPS = ("services", "routing", "permissions", "revisions", "configuration", "proxy")
ACTIONS = ("add", "change", "delete", "view")
DATA_MIGRATIONS = sorted(path for path in ROOT.glob("*/migrations/*.py") if "RunPython" in path.read_text())


def held(group: str) -> set[str]:
    rows = Group.objects.get(name=group).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in rows}


@pytest.mark.django_db
def test_administrators_may_open_the_pages_of_every_model():
    models = [model._meta for model in apps.get_models() if model._meta.app_label in GATEWAY_APPS]
    wanted = {f"{one.app_label}.{action}_{one.model_name}" for one in models for action in ACTIONS}
    people = {f"auth.{action}_{model}" for action in ACTIONS for model in ("user", "group")}
    assert held(ADMINISTRATOR) == wanted | people


@pytest.mark.django_db
def test_viewers_and_operators_have_what_belongs_to_services_and_their_own_tokens():
    tokens = {f"permissions.{action}_apitoken" for action in ("add", "change", "view")}
    shown = {"services.view_service", "services.view_serviceinstance", "routing.view_route"}
    assert held(VIEWER) == shown | tokens | {"routing.view_routepermission"}
    rows = ("services.{}_serviceinstance", "routing.{}_route", "routing.{}_routepermission")
    written = {row.format(action) for row in rows for action in ACTIONS}
    assert held(OPERATOR) == written | tokens | {
        "services.view_service",
        "services.change_service",
        "permissions.view_permission",
    }


@pytest.mark.parametrize("path", DATA_MIGRATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_migration_of_data_needs_no_code_that_may_change(path: Path):
    imported = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    assert {str(node.module).partition(".")[0] for node in imported} <= {"__future__", "django"}
