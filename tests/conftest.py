"""What every test may use: a database of this run's own, callers with tokens."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from rest_framework.test import APIClient

from tests.common import access_tokens


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A name no other run uses at the same time; SQLite in a file, because servers read it from other threads."""
    config = settings.DATABASES["default"]
    unique = f"gateway_test_{os.getpid()}"
    if config["ENGINE"].endswith("sqlite3"):
        unique = str(Path(tempfile.mkdtemp(prefix="gateway-db-")) / f"{unique}.sqlite3")
    config["TEST"]["NAME"] = unique


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """No test sees another's throttles."""
    cache.clear()


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
