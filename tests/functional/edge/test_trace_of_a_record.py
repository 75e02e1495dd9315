"""The access record names the trace that the instance was told of (G-406)."""

from __future__ import annotations

import re

import pytest

from proxy.access_log import AccessRecord
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted

SENT = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("fields", "trace"),
    [
        ((f"traceparent: 00-{SENT}-00f067aa0ba902b7-01",), SENT),
        (("traceparent: 00-not-a-trace-01",), None),
        ((), None),
    ],
)
async def test_g406_the_record_has_the_trace_that_was_sent_or_begun(fields, trace):
    records: list[AccessRecord] = []
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        gateway.runtime.access_log.watch(lambda record, line: records.append(record))
        await client.ask(get("/", *fields))
        told = re.search(rb"\r\ntraceparent: 00-([0-9a-f]{32})-", upstream.connections[0].received)
    assert told is not None
    assert [record.trace_id for record in records] == [told[1].decode()]
    assert trace in (None, records[0].trace_id)
