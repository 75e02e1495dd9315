"""What every test may use: a database of this process's own, callers with tokens."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient
from xdist.scheduler import LoadFileScheduling

from permissions.audit import trail
from permissions.audit.budget import RefusalBudget
from tests.common import access_tokens
from tests.common.every_write import EveryWrite, taken_back
from tests.common.long_form import LONG, some

hypothesis_settings.register_profile(
    "busy",
    deadline=None,  # tests run side by side: how long an example takes says nothing
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not LONG,  # what one run finds, every run finds; the long form looks elsewhere each time
)
hypothesis_settings.load_profile("busy")

COMMITTED = {"transactional_db", "live_server"}
ROWS = {"db", *COMMITTED}
"""The fixtures of a test that touches rows; a mark is the other way to say it."""
ALIKE_ONE_IN = 8
BROWSER = "tests/browser/"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On another database not every test is of interest; the slowest modules begin first."""
    if "GATEWAY_TEST_DATABASE_URL" in os.environ:
        chosen = set(of_interest_elsewhere(items))
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = [item for item in items if item in chosen]
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        if commits(item):
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True), append=False)
            fixtures(item).insert(0, "_migrated_rows_return")


class SharedStarts(LoadFileScheduling):
    """`--dist loadfile`, and all that drive the browser in one process: they share a node."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return SharedStarts(config, log) if config.getvalue("dist") == "loadfile" else None


def of_interest_elsewhere(items: list[pytest.Item]) -> list[pytest.Item]:
    """Those that touch rows; of those that differ in what they send and do the same to rows, some."""
    touching = [item for item in items if touches_rows(item)]
    alike = [item for item in touching if item.get_closest_marker("alike") is not None]
    return [item for item in touching if item not in alike] + some(alike, 0, ALIKE_ONE_IN)


def fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


def touches_rows(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or bool(ROWS & set(fixtures(item)))


def commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction")) or bool(COMMITTED & set(fixtures(item)))


@pytest.fixture
def _migrated_rows_return(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A test that commits leaves empty tables. Those after it, in whatever order, find what migrations brought."""
    yield
    with django_db_blocker.unblock():
        connection.creation.deserialize_db_from_string(connection._test_serialized_contents)  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def _light_processes() -> Iterator[None]:
    """Without two costs that a server has once and every test had: tens of milliseconds each.

    A new client of Django lists all static files; a stored password takes a million rounds.
    """
    with pytest.MonkeyPatch.context() as patch, override_settings(WHITENOISE_AUTOREFRESH=True):
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A name no other run uses at the same time; SQLite in a file, because servers read it from other threads."""
    config = settings.DATABASES["default"]
    unique = f"gateway_test_{os.getpid()}"
    if config["ENGINE"].endswith("sqlite3"):
        unique = str(Path(tempfile.mkdtemp(prefix="gateway-db-")) / f"{unique}.sqlite3")
    config["TEST"]["NAME"] = unique


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees another's throttles, or is counted with another's refusals in the same minute."""
    cache.clear()
    monkeypatch.setattr(trail, "refusals", RefusalBudget())
    monkeypatch.setattr(trail, "_cleaned", [time.monotonic()])


@pytest.fixture(scope="module")
def every_write(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[EveryWrite]:
    """Rows of every kind for the tests of one module; each finds them as they were made, for its writes are undone."""
    with django_db_blocker.unblock(), taken_back():
        yield EveryWrite()


class Caller(APIClient):
    """A REST client that sends JSON and returns parsed envelopes."""

    default_format = "json"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """(HTTP status, envelope)."""
        sent = {"data": body, "format": "json"} if body is not None else {}
        response = getattr(self, method.lower())(path, headers=headers, **sent)
        return response.status_code, response.json()


def caller(token: str | None) -> Caller:
    """A client with this token."""
    client = Caller()
    if token:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def admin(db: None) -> Caller:
    """An administrator's token."""
    return caller(access_tokens.access("root", permissions=["gateway.admin"]))


@pytest.fixture
def member(db: None) -> Caller:
    """Any access token."""
    return caller(access_tokens.access("u1"))


@pytest.fixture
def anonymous(db: None) -> Caller:
    """No token."""
    return caller(None)
