"""Files as text: what is read, what is refused, and that what is written is read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from configuration.files.located import line_of
from configuration.files.problem import DocumentError
from configuration.files.reading import MAX_BYTES, read_document
from configuration.files.writing import as_json, as_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n"), max_size=30)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXTS.filter(bool), VALUES, min_size=1, max_size=5)


def same(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other)


@given(DOCUMENTS)
def test_g502_what_is_written_as_yaml_is_read_back_as_it_was(document: dict[str, Any]):
    assert same(read_document(as_yaml(document).encode()), document)


@given(DOCUMENTS)
def test_g502_what_is_written_as_json_is_read_back_as_it_was(document: dict[str, Any]):
    assert same(read_document(as_json(document).encode()), document)


@given(DOCUMENTS)
def test_g502_other_readers_of_yaml_see_the_same_texts(document: dict[str, Any]):
    assert same(yaml.safe_load(as_yaml({"texts": [str(value) for value in document]})), {"texts": list(document)})


@pytest.mark.parametrize(
    "word", ["no", "yes", "on", "1e5", "0x1f", "12:30", "2025-01-09", "~", "null", "0123", "1_000", ""]
)
def test_g502_a_text_that_looks_like_something_else_stays_a_text(word: str):
    written = as_yaml({"a": word})
    assert read_document(written.encode()) == {"a": word}
    assert yaml.safe_load(written) == {"a": word}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("12:30", "12:30"),
        ("010", "010"),
        ("true", True),
        ("~", None),
        ("-5", -5),
        ("1.5e3", 1500.0),
        ("'5'", "5"),
    ],
)
def test_g502_a_plain_word_is_what_json_would_make_of_it(written: str, value: Any):
    assert same(read_document(f"a: {written}".encode()), {"a": value})


REFUSED = {
    b"a: 1\nb: 2\na: 3": "line 3: The key “a” is given more than once.",
    b"a: {b: 1, b: 2}": "line 1: The key “b” is given more than once.",
    b'{"a": 1, "a": 2}': "a: This key is given more than once.",
    b"a: [1, 2": "line 2: This is not valid YAML",
    b"a: !!python/object/apply:os.system [ls]": "line 1: Tags have no meaning here",
    b"a: *b": "line 1: The alias *b stands for nothing",
    b"a: &a [*a]": "line 1: The alias *a stands for nothing",
    b"a: 1\n---\nb: 2": "line 2: There is a second document",
    b"- a": "The file must hold an object",
    b"": "The file must hold an object",
    b"? [1]\n: 2": "line 1: A key must be a text.",
    b"a: 1e999": "line 1: A number is out of range.",
    b'a: "\\0"': "line 1: NUL characters are not allowed.",
    b"a: \xff": "The file is not UTF-8.",
    b"a: \x01": "This is not valid YAML",
    b"a: " + b"[" * 100_000: "line 1: This value is nested too deeply.",
    b"- " * 100_000 + b"a": "line 1: This value is nested too deeply.",
    b" " * (MAX_BYTES + 1): "The file is larger than",
}


@pytest.mark.parametrize("content", REFUSED, ids=range(len(REFUSED)))
def test_g502_a_file_that_cannot_be_trusted_is_refused_with_its_line(content: bytes):
    with override("en"), pytest.raises(DocumentError) as refused:
        read_document(content)
    assert str(refused.value).startswith(REFUSED[content])


def test_g502_aliases_cannot_grow_without_bound():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with override("en"), pytest.raises(DocumentError, match="There are more than 2000000 values"):
        read_document("\n".join(levels).encode())


def test_g502_an_alias_stands_for_its_value():
    assert read_document(b"a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


def test_g502_values_know_their_lines():
    document = read_document(b"routes:\n- name: a\n\n- name: b\n  priority: 1\n")
    assert [line_of(document["routes"], 0), line_of(document["routes"], 1)] == [2, 4]
    assert line_of(document["routes"][1], "priority") == 5
    assert line_of({"a": 1}, "a") is None
