"""Calls of docs/api.md and docs/changes.md, made again: each answers with the status, code, message and shape shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from permissions.models import Grant
from routing.models import Route, RoutePermission
from routing.reserved import is_reserved
from services.models import Service, ServiceInstance
from tests.common.access_tokens import access
from tests.common.examples_of_a_page import Example, difference, examples_of
from tests.common.factories import make_instance, make_route, make_service

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLES = [one for one in examples_of(DOCS / "api.md") if is_reserved(one.target.partition("?")[0].encode())]
"""Those of the control plane. Traffic needs a node: tests/functional/test_demo.py follows a tour of it."""
IDENTITY = re.compile(r'"?(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"?')


class Replay:
    """What the page calls by one id, and this run by another."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.identities: dict[str, str] = {}
        self.objects: dict[str, str] = {}
        """Path of an object on the page → its path here."""
        self.variables = {"TOKEN": access("ops", permissions=["gateway.admin"]), "OTHER": access("lost")}

    def call(self, example: Example) -> str:
        """Makes the call. What is wrong with the answer, or nothing."""
        headers = {name: self.here(value) for name, value in example.headers.items()}
        response = self.client.generic(
            example.method,
            self.path(example.target),
            self.here(example.body).encode(),
            content_type=headers.pop("Content-Type", "application/octet-stream"),
            headers={"Accept-Language": "en", **headers},
        )
        if response.status_code != example.status:
            return f"{example.status} here, {response.status_code} there: {response.content.decode()[:500]}"
        missing = {name for name in example.answered_headers if name not in response}
        if missing:
            return f"no {', '.join(missing)}"
        return self.compare(example, response) if example.document else ""

    def compare(self, example: Example, response: Any) -> str:
        """The two documents, the first of them in the words of this run."""
        answered = response.json()
        self.learn(example.document, answered)
        if "ETag" in example.answered_headers:
            self.identities[example.answered_headers["ETag"]] = response["ETag"]
        if example.method == "POST" and example.status == 200:
            shown, real = (next(iter(one["content"].values()), "") for one in (example.document, answered))
            self.objects[f"{example.target}/{shown}"] = f"{self.path(example.target)}/{real}"
            self.variables |= {"ROUTE": real} if "route_id" in answered["content"] else {}
            self.variables |= (
                {"REFRESH": answered["content"]["refresh"]} if example.target.endswith("auth/token") else {}
            )
        for name in ("code", "msg"):
            if self.here(example.document[name]) != answered[name]:
                return f"{example.document[name]!r} here, {answered[name]!r} there"
        return difference(example.document, answered)

    def learn(self, shown: Any, answered: Any) -> None:
        """Which id of the page is which id of this run, by where they stand."""
        if isinstance(shown, dict) and isinstance(answered, dict):
            for key in shown.keys() & answered.keys():
                self.learn(shown[key], answered[key])
        elif isinstance(shown, list) and isinstance(answered, list):
            for one, other in zip(shown, answered, strict=False):
                self.learn(one, other)
        elif isinstance(shown, str) and IDENTITY.fullmatch(shown):
            self.identities.setdefault(shown, answered)

    def here(self, text: str) -> str:
        """A text of the page with the ids and variables of this run."""
        known = IDENTITY.sub(lambda found: self.identities.get(found[0], found[0]), text)
        return Template(known).safe_substitute(self.variables)

    def path(self, target: str) -> str:
        """The same for a path, whose ids may be mere numbers."""
        for shown in sorted(self.objects, key=len, reverse=True):
            target = re.sub(f"^{re.escape(shown)}(?=[/?]|$)", self.objects[shown], target)
        return self.here(target)


def takes_away(example: Example) -> bool:
    """Whether rows are gone after the call."""
    return example.method == "DELETE" or example.target.endswith("/restore")


def a_lease() -> None:
    ServiceInstance.objects.filter(instance_id="user-1").update(lease_seconds=30)


def nobody_needs_the_permission() -> None:
    Grant.objects.all().delete()
    RoutePermission.objects.all().delete()


def the_route_is_deleted() -> None:
    Route.objects.get(path_pattern="/api/v1/users/*").mark_deleted()


def the_service_is_deleted() -> None:
    Route.objects.filter(service__name="user-service").delete()
    Service.objects.get(name="user-service").delete()


BEFORE: dict[str, Callable[[], None]] = {
    "POST /admin/services/user-1/heartbeat 200": a_lease,
    "POST /admin/routes/$ROUTE/restore 200": the_route_is_deleted,
    "POST /admin/catalog/services/user-service/restore 200": the_service_is_deleted,
    "DELETE /admin/permissions/3 200": nobody_needs_the_permission,
}
"""What is otherwise than the calls before it have left it."""


@pytest.fixture
def numbers_from_one(db: None) -> None:
    """As on SQLite: a test that was undone leaves the sequences of PostgreSQL where they were."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def test_g006_every_call_of_the_api_page_answers_as_the_page_shows(anonymous, django_user_model, numbers_from_one):
    django_user_model.objects.create_superuser("admin", password="correct-horse-battery")
    for name in ("orders", "orders-v2"):
        make_service(name)
    replay, wrong = Replay(anonymous), []
    for example in sorted(EXAMPLES, key=takes_away):
        with transaction.atomic():
            BEFORE.get(f"{example.method} {example.target} {example.status}", lambda: None)()
            problem = replay.call(example)
            transaction.set_rollback(takes_away(example))  # the page goes on with what it removes
        wrong += [f"docs/api.md:{example.line} {example.method} {example.target}: {problem}"] if problem else []
    assert not wrong, "\n".join(wrong)


def test_g500_every_call_of_the_page_on_changes_answers_as_the_page_shows(anonymous, numbers_from_one):
    replay = Replay(anonymous)
    make_instance("orders", instance_id="a")
    make_route("/orders/*", service=Service.objects.get(name="orders"), name="orders")
    replay.variables["ROUTE"] = str(make_route("/api/v1/users/profile", name="profile").pk)
    examples = examples_of(DOCS / "changes.md")
    problems = {example.line: replay.call(example) for example in examples}
    assert len(examples) == 3
    assert not any(problems.values()), problems
