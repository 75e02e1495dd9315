"""Variables of whoever sends a configuration file; what the gateway makes of the result is its own business."""

from __future__ import annotations

import json

import pytest
import yaml

from gateway_client.variables import filled_in

ENVIRONMENT = {"PORT": "8080", "KEY": 'a: "b" # c', "BRACES": "{x}${y}", "EMPTY": "", "LINES": "1\n2"}


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("${PORT}", "${PORT:-8080}"),
        ('"${PORT:-9}"', "${PORT:-8080}"),
        ("'it''s ${KEY}'", 'it\'s ${KEY:-a: "b" # c}'),
        ("&anchor ${KEY}", '${KEY:-a: "b" # c}'),
        ("|\n  ${PORT}\n  more\n", "${PORT:-8080}\nmore\n"),
        ("${LINES}", "${LINES:-1\n2}"),
        ("x ${BRACES}", "x {x}$${y}"),
        ("${NOT_SET}", "${NOT_SET}"),
        ("${EMPTY:-9}", "${EMPTY:-9}"),
        ("$${PORT}", "$${PORT}"),
        ("[a, '${PORT}', {b: '${PORT}x'}]", ["a", "${PORT:-8080}", {"b": "${PORT:-8080}x"}]),
    ],
)
def test_a_value_goes_as_the_default_of_its_reference(written: str, sent: object) -> None:
    document = f"format: 1\nfirst: {written}\nlast: 5  # kept\n"
    filled = filled_in(document, ENVIRONMENT)
    assert yaml.safe_load(filled) == {"format": 1, "first": sent, "last": 5}
    assert filled.endswith("\nlast: 5  # kept\n")


def test_json_keeps_its_form_and_its_keys() -> None:
    document = '{\n\t"${PORT}": "${PORT}",\n\t"b": ["\\"${KEY}"], "c": 1.50, "c": 2\n}\n'
    filled = filled_in(document, ENVIRONMENT)
    assert json.loads(filled) == {"${PORT}": "${PORT:-8080}", "b": ['"${KEY:-a: "b" # c}'], "c": 2}
    assert '"c": 1.50, "c": 2\n}\n' in filled


@pytest.mark.parametrize(
    "document", ["format: 1\n", "a: [${PORT}\n\t- x", "", '{"a": "\\x${PORT}"}', "${PORT}: ${NOT_SET}\n"]
)
def test_what_needs_nothing_or_is_no_document_goes_as_it_is(document: str) -> None:
    assert filled_in(document, {}) == document
