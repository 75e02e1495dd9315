"""docs/openapi.json is the document that is served (G-006): who reviews a change sees what it does to the API."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from gateway_project.openapi import document

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
HOW_TO_UPDATE = "run `make openapi`, read the difference and commit it"


def parts_of(described: dict[str, Any]) -> dict[str, Any]:
    """The operations and the components, each by its name."""
    operations = {f"{method} {path}": one for path, item in described["paths"].items() for method, one in item.items()}
    kinds = {f"{kind} {name}": one for kind, named in described["components"].items() for name, one in named.items()}
    return {**operations, **kinds, "info": described["info"], "openapi": described["openapi"]}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="what a column holds at most is the database's own number")
def test_g006_the_document_in_docs_is_the_one_that_is_served(client, db, tmp_path):
    made = tmp_path / "openapi.json"
    call_command(
        "spectacular", "--format", "openapi-json", "--lang", "en", "--validate", "--fail-on-warn", "--file", str(made)
    )
    if "GATEWAY_TEST_UPDATE" in os.environ:
        written = json.loads(made.read_text(encoding="utf-8"))
        FILE.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    kept, now = (parts_of(json.loads(path.read_text(encoding="utf-8"))) for path in (FILE, made))
    changed = {name for name in kept.keys() | now.keys() if kept.get(name) != now.get(name)}
    assert sorted(changed) == [], HOW_TO_UPDATE
    assert parts_of(client.get("/openapi.json", headers={"Accept-Language": "en"}).json()) == now


@pytest.mark.parametrize("query", ["?version=%0d%0aa:%20b", "?version=2", "?lang=zh-hant", "?lang=..%2F.."])
def test_g006_the_document_is_the_same_whatever_is_asked_for(client, db, query):
    """It is written once: who has no token cannot have it written again and again."""
    asked = client.get(f"/openapi.json{query}", headers={"Accept-Language": "zh-TW", "Authorization": "Bearer x"})
    assert (asked.status_code, asked["Content-Type"]) == (200, "application/json")
    assert asked.content == client.get("/openapi.json", headers={"Accept-Language": "en"}).content
    assert document() is document()


def test_g283_the_document_says_what_a_delete_of_many_takes():
    described = json.loads(FILE.read_text(encoding="utf-8"))
    deletes = {path: item["delete"] for path, item in described["paths"].items() if "delete" in item}
    with_body = {path for path, operation in deletes.items() if "requestBody" in operation}
    assert with_body == {"/admin/batch/routes", "/admin/batch/services"}
    for path in with_body:
        body = deletes[path]["requestBody"]
        shown = next(iter(body["content"]["application/json"]["examples"].values()))["value"]
        assert body["required"]
        assert shown.keys() == {path.rpartition("/")[2]}


def test_g500_every_call_that_can_be_rehearsed_tells_of_what_a_dry_run_adds():
    described = json.loads(FILE.read_text(encoding="utf-8"))
    silent = [
        f"{method} {path}"
        for path, item in described["paths"].items()
        for method, one in item.items()
        if any(parameter["name"] == "dry_run" for parameter in one.get("parameters", ()))
        and not {"dry_run", "effects"} <= content_of(described, one).keys()
    ]
    assert not silent


def content_of(described: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """The fields of the content of its success."""
    shapes = described["components"]["schemas"]

    def resolved(schema: dict[str, Any]) -> dict[str, Any]:
        named = schema.get("$ref", schema.get("allOf", [{}])[0].get("$ref", ""))
        return shapes[named.rpartition("/")[2]] if named else schema

    reply = resolved(operation["responses"]["200"]["content"]["application/json"]["schema"])
    content = resolved(reply["properties"]["content"])
    branches = [resolved(one) for one in content.get("oneOf", content.get("anyOf", [content]))]
    return {name: field for one in branches for name, field in one.get("properties", {}).items()}
