"""The strict JSON parser of the REST API, without a request around it."""

from __future__ import annotations

import pytest

from gateway_project.rest.errors import BadRequest
from gateway_project.rest.parser import parse_document


def test_g014_a_key_that_stands_twice_among_many_is_named_at_once():
    """Counting each key among all others would take hours for a body within the limit."""
    body = b"{" + b"".join(b'"%d":1,' % number for number in range(300_000)) + b'"7":1}'
    with pytest.raises(BadRequest) as refused:
        parse_document(body)
    assert list(refused.value.content["errors"]) == ["7"]
