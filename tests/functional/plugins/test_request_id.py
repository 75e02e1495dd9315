"""The id of a request in a field of the operator's choosing (G-016, edge rule H12)."""

from __future__ import annotations

import re
import uuid

import pytest

from proxy.stages.request_id import check
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import ask_all, get
from tests.common.scripted_upstream import answering, ok, scripted


def naming(**config):
    return route(plugins={"request_id": config})


async def ids(config: dict, *fields: str, own: bytes = b"X-Request-ID: theirs"):
    """Of one request: what the instance got and what the answer says, by field."""
    async with (
        scripted(answering(ok(b"hello", own))) as upstream,
        edge_gateway(naming(**config), services=(service(upstream.port),)) as gateway,
    ):
        (found,) = await ask_all(gateway.port, get("/", *fields))
        head = upstream.connections[0].received
        up = {name: value for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n"))}
        return up, dict(found.headers)


async def test_h12_by_default_a_safe_id_is_kept_and_told_over_the_instances_own():
    up, down = await ids({}, "X-Request-ID: mine-1")
    assert up[b"x-request-id"] == down[b"x-request-id"] == b"mine-1"


async def test_another_field_carries_the_same_id_up_and_takes_the_usual_ones_place_down():
    up, down = await ids({"header": "X-Correlation-ID"}, "X-Correlation-ID: mine-2", "X-Request-ID: not-this")
    assert up[b"x-correlation-id"] == up[b"x-request-id"] == down[b"x-correlation-id"] == b"mine-2"
    assert b"x-request-id" not in down


async def test_h12_an_id_of_the_client_is_not_taken_where_it_is_not_trusted():
    up, down = await ids({"trust_client": False, "generator": "uuid"}, "X-Request-ID: mine-3")
    made = down[b"x-request-id"].decode()
    assert str(uuid.UUID(made, version=4)) == made == up[b"x-request-id"].decode()


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "名", "a;b"])
async def test_h12_an_unsafe_id_is_replaced(sent: str):
    up, down = await ids({"header": "X-Trace"}, f"X-Trace: {sent}".encode().decode("latin-1"))
    assert re.fullmatch(rb"[0-9a-f]{32}", up[b"x-trace"])
    assert down[b"x-trace"] == up[b"x-trace"]


async def test_answers_keep_the_id_to_themselves_where_echo_is_off():
    up, down = await ids({"echo": False, "header": "X-Trace"}, own=b"X-Trace: theirs")
    assert up[b"x-trace"]
    assert not {b"x-trace", b"x-request-id"} & down.keys()


@pytest.mark.parametrize("name", ["Host", "X-User-Id", "Content-Length", "Traceparent"])
def test_h5_the_id_cannot_take_a_field_of_the_gateways(name: str):
    with pytest.raises(ValueError, match=name.lower()):
        check({"header": name})
