from __future__ import annotations

import json

from benchmarks.answers import answer_of, fault
from benchmarks.scenarios import PLAIN, SCENARIOS, VARIED_PLAIN

BY_NAME = {each.name: each for each in SCENARIOS}


def body(**values: str) -> bytes:
    return json.dumps(values).encode()


def test_an_answer_of_either_upstream_is_right() -> None:
    assert fault(PLAIN, PLAIN.path, 200, body(instance="a")) is None
    assert fault(PLAIN, PLAIN.path, 200, body(instance="b")) is None


def test_another_status_an_unknown_upstream_and_what_is_not_json_are_told() -> None:
    assert fault(PLAIN, PLAIN.path, 502, b"") == "status 200 was expected, 502 came"
    assert "an upstream's answer was expected" in str(fault(PLAIN, PLAIN.path, 200, body(instance="c")))
    assert "JSON was expected" in str(fault(PLAIN, PLAIN.path, 200, b"oops"))


def test_the_answer_to_another_request_is_told() -> None:
    path, other = VARIED_PLAIN.example(1), VARIED_PLAIN.example(2)
    assert fault(VARIED_PLAIN, path, 200, body(instance="a", asked=path)) is None
    assert f"{other!r} came" in str(fault(VARIED_PLAIN, path, 200, body(instance="a", asked=other)))


def test_every_byte_of_a_longer_answer_counts() -> None:
    longer, whole = BY_NAME["answer 1 KiB"], answer_of(1024)
    assert fault(longer, longer.path, 200, whole) is None
    assert "1023 came" in str(fault(longer, longer.path, 200, whole[:-1]))
    assert fault(longer, longer.path, 200, whole[:-1] + b"x") is not None


def test_the_upstream_must_have_been_told_of_the_whole_upload() -> None:
    upload = BY_NAME["upload 64 KiB"]
    assert fault(upload, upload.path, 200, body(instance="a", received="65536")) is None
    assert "'65536' was expected" in str(fault(upload, upload.path, 200, body(instance="a", received="0")))
