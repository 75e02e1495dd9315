"""Fields on the command line, refusals in words, cells of a table, tokens, reports."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import jwt
import pytest
from rich.console import Console

from gateway_client.archive import masked, write_archive
from gateway_client.document import fields_of
from gateway_client.errors import Misused, Refused
from gateway_client.screen import Screen, cell
from gateway_client.verbs.tail import is_wanted, told
from gateway_client.verbs.token import left, read_token


def test_a_value_that_reads_as_json_is_that_and_any_other_is_text(tmp_path: Path) -> None:
    file = tmp_path / "route.json"
    file.write_text('{"name": "old", "priority": 1}')
    fields = fields_of(
        ["name=new", "timeout_seconds=5", 'hosts=["a.example"]', "is_active=false", 'version="2"'], str(file)
    )
    assert fields == {
        "name": "new", "priority": 1, "timeout_seconds": 5, "hosts": ["a.example"], "is_active": False, "version": "2",
    }  # fmt: skip
    assert fields_of(["target_url=/a?b=c", "description="]) == {"target_url": "/a?b=c", "description": ""}


@pytest.mark.parametrize("words", [[], ["name"], ["=5"]])
def test_what_is_no_field_is_said(words: list[str]) -> None:
    with pytest.raises(Misused, match="name=value"):
        fields_of(words)


@pytest.mark.parametrize("content", ["[1]", "{", None])
def test_a_file_must_hold_an_object(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "route.json"
    if content:
        file.write_text(content)
    with pytest.raises(Misused, match=r"route\.json"):
        fields_of([], str(file))


def test_a_refusal_names_every_field_and_whatever_else_was_told() -> None:
    content = {
        "errors": {"method": ["A", "B"], "plugins": {"cors": {"origins": ["C"]}}},
        "conflicts_with": ["r1", "r2"],
    }
    refused = Refused(400, "F40000", "The request is invalid.", content, "abc")
    assert str(refused) == "F40000: The request is invalid."
    assert refused.details() == [
        "method: A B", "plugins.cors.origins: C", "conflicts_with: r1 r2", "request id: abc",
    ]  # fmt: skip
    batch = Refused(400, "F40000", "x", {"errors": [{"index": 3, "message": "bad"}]}, "")
    assert batch.details() == ["errors.0.index: 3", "errors.0.message: bad"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (True, "yes"), (1.234, "1.23"), ([], ""), (["a", 1], "a, 1"), ({"a": 1}, '{"a": 1}'),
        ("a\x1b[31mb\x9b", "a\\x1b[31mb\\x9b"), ("[red]網關[/red]", "[red]網關[/red]"),
    ],
)  # fmt: skip
def test_a_cell_is_read_by_people_and_obeyed_by_no_terminal(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_rows_are_a_table_for_people_and_whole_for_programs() -> None:
    rows = [{"id": "1", "name": "[bold]a", "more": {"x": 1}}]
    out = io.StringIO()
    Screen(out=Console(file=out, width=80)).rows(rows, ("id", "name"))
    assert "[bold]a" in out.getvalue()
    assert "more" not in out.getvalue()
    out = io.StringIO()
    Screen(as_json=True, out=Console(file=out, width=10)).rows(rows, ("id", "name"))
    assert json.loads(out.getvalue()) == rows


RECORD = {
    "time": "2026-11-21T12:00:00.123Z", "route": "users", "service": "people", "instance": "a", "user": "u1",
    "consumer": "", "method": "GET", "path": "/x\x1b[2J", "status": 502, "ms": 12.34, "cache": "",
    "outcome": "F50200", "reason": "refused",
}  # fmt: skip


def test_an_access_record_is_a_line() -> None:
    line = told(RECORD).plain
    assert line == ("12:00:00.123 502     12.3 ms  GET    /x\\x1b[2J  users → a user=u1  F50200 refused")


@pytest.mark.parametrize(
    ("found", "value", "wanted"),
    [(502, "5xx", True), (404, "5xx", False), (404, "404", True), ("a", "b", False), (None, "b", False)],
)
def test_a_record_is_wanted_by_value_or_class(found: object, value: str, wanted: bool) -> None:
    assert is_wanted(found, value) is wanted


def test_a_token_is_read_without_its_secret() -> None:
    token = jwt.encode({"sub": "u1", "exp": 100}, "s" * 40, algorithm="HS256")
    assert read_token(token) == ({"alg": "HS256", "typ": "JWT"}, {"sub": "u1", "exp": 100})
    assert (left(100, 40.5), left(100, 160), left(None, 0)) == ("in 59 s", "60 s ago", "never")


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "W10.W10.x"])
def test_what_is_no_token_is_said(text: str) -> None:
    with pytest.raises(Misused, match="no JSON Web Token"):
        read_token(text)


def test_a_report_hides_what_stands_under_a_secrets_name(tmp_path: Path) -> None:
    document = {
        "secret": "s", "client_secret": ["a", "b"], "requires_token": True, "keys": [{"key": "k", "prefix": "p"}],
        "jwt": {"password": ["a"], "token": ""},
    }  # fmt: skip
    assert masked(document) == {
        "secret": "***", "client_secret": ["***", "***"], "requires_token": True,
        "keys": [{"key": "***", "prefix": "p"}],
        "jwt": {"password": ["***"], "token": ""},
    }  # fmt: skip
    path = tmp_path / "report.tar.gz"
    assert write_archive(path, "report", {"a.json": "網關"}) == path.stat().st_size
    assert path.stat().st_mode & 0o077 == 0
    with tarfile.open(path) as archive:
        assert archive.extractfile("report/a.json").read().decode() == "網關"
    with pytest.raises(FileExistsError):
        write_archive(path, "report", {})
