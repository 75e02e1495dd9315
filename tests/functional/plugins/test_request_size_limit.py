"""The largest body: one limit in force, judged by its announcement and by what is counted (edge rule T6)."""

from __future__ import annotations

import pytest

from proxy.stages.request_size_limit import limit_of
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, post
from tests.common.scripted_upstream import echoing, scripted

CHUNKED = b"POST / HTTP/1.1\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n"


def limiting(plugin: int | None, **fields):
    return route(plugins={} if plugin is None else {"request_size_limit": {"max_body_bytes": plugin}}, **fields)


@pytest.mark.parametrize(
    ("column", "plugin", "gateways", "wanted"),
    [
        (None, None, None, None),
        (None, None, 9, 9),
        (None, 5, 9, 5),
        (None, 12, 9, 12),
        (3, 5, 9, 3),
        (12, 5, 9, 12),
        (0, 5, 9, 0),
        (None, 0, 9, 0),
    ],
)
def test_the_routes_field_goes_before_the_plugin_and_the_plugin_before_the_gateway(column, plugin, gateways, wanted):
    assert limit_of(limiting(plugin, max_body_bytes=column), gateways) == wanted


@pytest.mark.parametrize(("limit", "status"), [(6, 200), (5, 413)])
@pytest.mark.parametrize("request_bytes", [post("/", b"abcdef"), CHUNKED], ids=["announced", "chunked"])
async def test_t6_a_body_of_the_limit_passes_and_one_byte_more_does_not(limit: int, status: int, request_bytes: bytes):
    async with (
        scripted(echoing("up")) as upstream,
        edge_gateway(limiting(limit), services=(service(upstream.port),), max_body_bytes=1) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(request_bytes, b"POST")).status == status


async def test_a_service_limits_the_routes_that_do_not_say_otherwise():
    bound = {"request_size_limit": {"max_body_bytes": 3}}
    async with (
        scripted(echoing("up")) as upstream,
        edge_gateway(
            route("/a/*"), limiting(9, path_pattern="/b/*"), services=(service(upstream.port, plugins=bound),)
        ) as gateway,
    ):
        for path, status in (("/a/x", 413), ("/b/x", 200)):
            async with RawClient(gateway.port) as client:
                assert (await client.ask(post(path, b"abcdef"), b"POST")).status == status
