"""docs/openapi.json is the document that is served (G-006): who reviews a change sees what it does to the API."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
HOW_TO_UPDATE = "run `make openapi`, read the difference and commit it"


def parts_of(document: dict[str, Any]) -> dict[str, Any]:
    """The operations and the components, each by its name."""
    operations = {f"{method} {path}": one for path, item in document["paths"].items() for method, one in item.items()}
    kinds = {f"{kind} {name}": one for kind, named in document["components"].items() for name, one in named.items()}
    return {**operations, **kinds, "info": document["info"], "openapi": document["openapi"]}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="what a column holds at most is the database's own number")
def test_g006_the_document_in_docs_is_the_one_that_is_served(client, db, tmp_path):
    made = tmp_path / "openapi.json"
    call_command(
        "spectacular", "--format", "openapi-json", "--lang", "en", "--validate", "--fail-on-warn", "--file", str(made)
    )
    if "GATEWAY_TEST_UPDATE" in os.environ:
        document = json.loads(made.read_text(encoding="utf-8"))
        FILE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    kept, now = (parts_of(json.loads(path.read_text(encoding="utf-8"))) for path in (FILE, made))
    changed = {name for name in kept.keys() | now.keys() if kept.get(name) != now.get(name)}
    assert sorted(changed) == [], HOW_TO_UPDATE
    assert parts_of(client.get("/openapi.json", headers={"Accept-Language": "en"}).json()) == now
