"""The gateway's own replies, to every kind of client (G-001, F10, C5)."""

from __future__ import annotations

import json

import pytest

from tests.common.edge_gateway import edge_gateway
from tests.common.raw_client import RawClient, get


async def test_f10_head_gets_the_length_and_no_body_and_the_connection_goes_on():
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        for _ in range(3):
            answer = await client.ask(get("/").replace(b"GET", b"HEAD"), b"HEAD")
            assert (answer.status, answer.body) == (404, b"")
            assert int(answer.header(b"content-length")) > 0
            assert answer.header(b"cache-control") == b"no-store"


@pytest.mark.parametrize(("field", "said"), [("X: y", b"close"), ("Connection: keep-alive", b"keep-alive")])
async def test_http_1_0_clients_are_told_whether_the_connection_goes_on(field, said):
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        answer = await client.ask(get("/", field, version="1.0"))
        assert (answer.status, answer.header(b"connection")) == (404, said)


@pytest.mark.parametrize(
    "languages", ["en;q=nan", "zh;q=inf,en;q=1e999", ",,;;=,q=1," * 500, "en;q=\xb2", "*;q=0", "\xff"]
)
async def test_g001_any_accept_language_gets_an_answer(languages, caplog):
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        answer = await client.ask(get("/", f"Accept-Language: {languages}"))
        assert answer.status == 404
        assert json.loads(answer.body)["code"] == "F40400"
    assert not caplog.records
