"""The parser against the published suite of JSON documents: nothing that is not JSON is taken for it (R-20, G-014)."""

from __future__ import annotations

import json

import pytest

from gateway_project.rest.errors import BadRequest
from gateway_project.rest.parser import parse_document
from tests.common.corpora import documents, json_documents

REFUSED_THOUGH_JSON = {
    "y_object_duplicated_key",
    "y_object_duplicated_key_and_value",
    "y_object_escaped_null_in_key",
    "y_string_null_escape",
}
"""What RFC 8259 allows and a configuration may not hold: a key twice, NUL."""
TAKEN_THOUGH_FREE = {
    "i_number_double_huge_neg_exp",
    "i_number_real_underflow",
    "i_number_too_big_neg_int",
    "i_number_too_big_pos_int",
    "i_number_very_big_negative_int",
}
"""What RFC 8259 leaves to a parser: numbers that lose nothing but digits."""


def as_a_value(document: bytes) -> bytes:
    """Inside an object: the suite's documents are arrays, which alone are refused for being none."""
    return b'{"a": ' + document + b"}"


def is_taken(body: bytes) -> bool:
    try:
        parse_document(body)
    except BadRequest:
        return False
    return True


def test_r20_the_suite_is_whole():
    assert {kind: len(documents(kind)) for kind in "nyi"} == {"n": 188, "y": 95, "i": 35}


def test_r20_no_document_that_is_not_json_is_taken():
    assert [name for name, body in documents("n").items() if is_taken(body) or is_taken(as_a_value(body))] == []


@pytest.mark.parametrize("name", documents("y"))
def test_r20_a_document_that_is_json_is_taken_as_it_is(name):
    body = documents("y")[name]
    if name in REFUSED_THOUGH_JSON:
        assert not is_taken(as_a_value(body))
    else:
        assert parse_document(as_a_value(body)) == {"a": json.loads(body)}


def test_r20_of_what_a_parser_may_choose_only_numbers_are_taken():
    assert {name for name, body in documents("i").items() if is_taken(as_a_value(body))} == TAKEN_THOUGH_FREE


def test_r20_a_document_that_is_no_object_is_refused():
    assert {
        name for name, body in json_documents().items() if is_taken(body) and not body.strip().startswith(b"{")
    } == set()
