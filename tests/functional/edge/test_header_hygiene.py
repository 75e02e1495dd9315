"""R-19: names that say who asks and how, in every spelling, over every way in; none reaches an upstream."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from proxy.forwarding.outgoing import VOUCHED_FIELDS
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import answering, echoing, ok, scripted
from tests.common.through_the_edge import through
from tests.common.websocket import OFFER

NAMES = (
    "X-User-Id", "X-User", "X-User-Name", "X-Roles", "X-Role", "X-Groups", "X-Permissions", "X-Permission",
    "X-Consumer", "X-Consumer-Id", "X-Consumer-Username", "X-Consumer-Custom-Id", "X-Consumer-Groups",
    "X-Credential-Identifier", "X-Anonymous-Consumer", "X-Authenticated-Userid", "X-Authenticated-Groups",
    "X-Auth-Request-User", "X-Remote-User", "X-WebAuth-User", "Remote-User", "X-Forwarded-For", "X-Forwarded-Proto",
    "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-User", "X-Forwarded-Client-Cert",
    "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Original-URL", "X-Rewrite-URL",
    "X-HTTP-Method-Override", "Client-Cert", "X-SSL-Client-Verify", "X-Middleware-Subrequest", "Proxy",
)  # fmt: skip

WORD = "clients-word"

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda name: f"{name}: {WORD}",
    "lower case": lambda name: f"{name.lower()}: {WORD}",
    "upper case": lambda name: f"{name.upper()}: {WORD}",
    "mixed case": lambda name: f"{name.swapcase()}:{WORD}",
    "underscores": lambda name: f"{name.replace('-', '_')}_: {WORD}",
    "upper case, underscores": lambda name: f"{name.upper().replace('-', '_', 1)}~: {WORD}",
    "dots": lambda name: f"{name.replace('-', '.')}.: {WORD}",
    "a blank behind": lambda name: f"{name} : {WORD}",
    "a tab behind": lambda name: f"{name}\t: {WORD}",
    "a blank before": lambda name: f" {name}: {WORD}",
    "twice": lambda name: f"{name}: {WORD}\r\n{name}: {WORD}, {WORD}",
    "behind an empty one": lambda name: f"{name}:\r\n{name.lower()}: {WORD}",
}


def in_the_head(name: str, line: str) -> bytes:
    return get("/", bearer("anna"), line)


def named_by_connection(name: str, line: str) -> bytes:
    return get("/", bearer("anna"), f"Connection: keep-alive, {name}", line, f"Connection: {name.replace('-', '_')}")


def in_the_trailers(name: str, line: str) -> bytes:
    fields = ("Host: x", bearer("anna"), "Transfer-Encoding: chunked", f"Trailer: {name}")
    return ("\r\n".join(["POST / HTTP/1.1", *fields]) + f"\r\n\r\n1\r\nx\r\n0\r\n{line}\r\n\r\n").encode()


def in_a_handshake(name: str, line: str) -> bytes:
    return get("/", bearer("anna"), *OFFER, line)


def in_a_batch(name: str, line: str) -> bytes:
    headers = {one.rpartition(":")[0]: one.rpartition(":")[2] for one in line.split("\r\n")}
    body = json.dumps({"requests": [{"method": "GET", "path": "/", "headers": headers}]}).encode()
    return post("/gateway/batch", body, bearer("anna"), "Content-Type: application/json")


WAYS = (in_the_head, named_by_connection, in_the_trailers, in_a_handshake, in_a_batch)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_r19_h5_no_clients_word_reaches_an_upstream(way, spelling):
    """And whoever is asked at all learns from the gateway who asks, once."""
    script = answering(ok()) if way is in_a_handshake else echoing("u")
    async with (
        scripted(script) as upstream,
        edge_gateway(route(requires_auth=True), services=(service(upstream.port),)) as gateway,
    ):
        for name in NAMES:
            async with RawClient(gateway.port) as client:
                answer = await client.ask(way(name, SPELLINGS[spelling](name)), b"POST")
                assert answer.status in (200, 400), name
        received = b"".join(connection.received for connection in upstream.connections)
        assert WORD.encode() not in received.lower()
        for head in received.split(b" HTTP/1.1\r\n")[1:]:
            assert head.count(b"x-user-id: anna\r\n") == 1


BY_PREFIX = {
    b"cf-access-authenticated-user-email",
    b"x-amzn-oidc-identity",
    b"x-auth-request-user",
    b"x-goog-authenticated-user-email",
    b"x-ms-client-principal-name",
    b"x-ms-token-aad-access-token",
}


@pytest.mark.parametrize("name", sorted(VOUCHED_FIELDS | BY_PREFIX))
async def test_r19_h4_what_another_proxy_vouches_for_counts_from_a_trusted_one(name):
    """RFC 9440 section 4: what a stranger says of its certificate must not pass."""
    request = get("/", f"{name.decode()}: {base64.b64encode(b'told').decode()}")
    for networks, passes in (((), False), (("127.0.0.0/8",), True), (("192.0.2.0/24",), False)):
        passed = await through(request, trusted_proxies=networks)
        assert bool(passed.sent(name)) is passes


async def test_r19_h5_who_asks_is_the_gateways_word_even_behind_a_trusted_proxy():
    passed = await through(get("/", "X-User-Id: boss", "Proxy: evil"), trusted_proxies=("127.0.0.0/8",))
    assert not passed.sent(b"x-user-id") + passed.sent(b"proxy")
