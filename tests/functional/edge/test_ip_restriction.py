"""The plugin `ip_restriction` on the real edge (G-344)."""

from __future__ import annotations

import json

import pytest

from proxy.stages.ip_restriction import check
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted


async def status_of(config, *fields: str, trusted: tuple[str, ...] = (), plugins=None) -> tuple[int, str, bool]:
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(
            route(plugins={"ip_restriction": config, **(plugins or {})}),
            services=(service(upstream.port),),
            trusted_proxies=trusted,
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        answer = await client.ask(get("/", *fields))
        code = json.loads(answer.body)["code"] if answer.status >= 400 else ""
        return answer.status, code, bool(upstream.connections)


GOOD = (200, "", True)
REFUSED = (403, "F40003", False)


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({"allow": ["127.0.0.0/8"]}, GOOD),
        ({"allow": ["127.0.0.1"]}, GOOD),
        ({"allow": ["::ffff:127.0.0.0/104"]}, GOOD),
        ({"allow": ["10.0.0.0/8", "::1"]}, REFUSED),
        ({"allow": []}, REFUSED),
        ({"deny": ["10.0.0.0/8"]}, GOOD),
        ({"deny": ["127.0.0.1"]}, REFUSED),
        ({"allow": ["127.0.0.0/8"], "deny": ["127.0.0.1"]}, REFUSED),
        ({"allow": ["10.0.0.0/8"], "status": 404}, (404, "F40400", False)),
    ],
)
async def test_g344_the_address_decides(config, wanted):
    assert await status_of(config) == wanted


@pytest.mark.parametrize("spelling", ["10.1.2.3", "::ffff:10.1.2.3", "10.1.2.3:4711"])
async def test_g344_the_address_is_the_clients_behind_a_trusted_proxy(spelling):
    only = {"allow": ["10.0.0.0/8"]}
    assert await status_of(only, f"X-Forwarded-For: {spelling}", trusted=("127.0.0.0/8",)) == GOOD
    assert await status_of(only, f"X-Forwarded-For: {spelling}") == REFUSED
    assert await status_of(only, f"X-Forwarded-For: {spelling}, 192.0.2.1", trusted=("127.0.0.0/8",)) == REFUSED


async def test_g323_it_refuses_before_anybody_is_asked_who_he_is():
    assert await status_of({"allow": []}, plugins={"key_auth": {}}) == REFUSED


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "name networks in allow or in deny"),
        ({"deny": []}, "name networks in allow or in deny"),
        ({"allow": ["10.0.0.1/8"]}, "allow: 10.0.0.1/8 has host bits set"),
        ({"deny": ["somewhere"]}, "deny: 'somewhere' does not appear to be"),
    ],
)
def test_what_restricts_nobody_or_is_no_network_is_refused(config, words):
    with pytest.raises(ValueError, match=words):
        check(config)
