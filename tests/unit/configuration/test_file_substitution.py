"""`${NAME}` in a file."""

from __future__ import annotations

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from configuration.files.exporting import secret_variables
from configuration.files.problem import DocumentError
from configuration.files.reading import read_document
from configuration.files.substitution import Substituted, Unset, escaped, substituted


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${HOST}", "db"),
        ("http://${HOST}:${PORT}/", "http://db:80/"),
        ("${MISSING:-x}", "x"),
        ("${MISSING:-}", ""),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY}", ""),
        ("$${HOST}", "${HOST}"),
        ("$$${HOST}", "$${HOST}"),
        ("$HOST $1 {HOST}", "$HOST $1 {HOST}"),
    ],
)
def test_g502_a_reference_is_replaced_by_the_variable(text: str, value: str):
    environment = {"HOST": "db", "PORT": "80", "EMPTY": ""}
    assert substituted({"a": [{"b": text}]}, environment) == {"a": [{"b": value}]}


def test_g502_what_is_put_in_is_not_read_again():
    assert substituted({"a": "${A}"}, {"A": "${B}"}) == {"a": "${B}"}


@given(st.text())
def test_g502_a_text_written_for_a_file_means_itself(text: str):
    assert substituted({"a": escaped(text)}, {}) == {"a": text}


def test_g502_a_missing_variable_is_told_with_its_place():
    document = read_document(
        b"services:\n- name: users\n  instances:\n  - {instance_id: a, host: '${H}'}\nroutes: ['${']\n"
    )
    told = "The environment has no variable H. Set it, or write ${H:-default}."
    with override("en"), pytest.raises(DocumentError) as refused:
        substituted(document, {})
    assert [str(problem) for problem in refused.value.problems] == [
        f"line 4: services.instances “users/a”: host: {told}",
        "line 5: routes.0: “${” begins no ${NAME} or ${NAME:-default}. Write $${ for a literal ${.",
    ]


def test_g502_a_secret_without_variable_is_left_open():
    found = substituted({"issuers": [{"name": "a", "secret": "${S}"}]}, {})
    assert isinstance(found["issuers"][0]["secret"], Unset)
    assert isinstance(substituted({"issuers": [{"secret": "${S}"}]}, {"S": "x"})["issuers"][0]["secret"], Substituted)


def test_g502_a_document_without_references_is_the_same_object():
    document = read_document(b"a: {b: [1, 'x']}")
    assert substituted(document, {}) is document


def test_g502_names_that_look_alike_have_variables_of_their_own():
    names = ["partner", "a-b", "a_b", "夥伴"]
    variables = secret_variables(names)
    assert variables["partner"] == "GATEWAY_SECRET_ISSUER_PARTNER"
    assert len(set(variables.values())) == len(names)
    assert secret_variables(names) == variables
