"""Requests that Django cannot make a request of are answered in the envelope as well (G-001, G-014)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from gateway_project.asgi import django_application


async def answer(**headers: str) -> tuple[int, dict[str, Any]]:
    lines = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/health/live", "query_string": b"", "headers": lines}
    communicator = ApplicationCommunicator(django_application, scope)  # type: ignore[no-untyped-call]
    await communicator.send_input({"type": "http.request", "body": b"", "more_body": False})
    start, body = await communicator.receive_output(5), await communicator.receive_output(5)
    await communicator.wait(5)
    return start["status"], json.loads(body["body"])


@pytest.mark.parametrize("parameter", ["charset", "boundary", "a"])
async def test_g014_a_content_type_in_an_unknown_charset_is_a_bad_request(parameter: str) -> None:
    status, reply = await answer(content_type=f"application/json; {parameter}*=x'y'z")
    assert (status, reply["code"], list(reply)) == (400, "F40000", ["code", "msg", "content"])


async def test_g001_any_other_request_is_served() -> None:
    status, reply = await answer(content_type="application/json; charset=utf-8", accept="a/b;a*=x'y'z")
    assert (status, reply["code"]) == (200, "S10000")
