"""TLS to upstreams: verified unless the service says otherwise, by name or by address (G-202)."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509

from services.spec import ServiceSpec
from tests.common.certificates import an_authority, server_context
from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, get, post


class Seen:
    """What the upstream saw: server names of handshakes, bytes of requests."""

    def __init__(self) -> None:
        self.names: list[str | None] = []
        self.bodies = 0


@asynccontextmanager
async def tls_upstream(context: ssl.SSLContext) -> AsyncIterator[tuple[int, Seen]]:
    seen = Seen()
    context.sni_callback = lambda _sock, name, _context: seen.names.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                seen.bodies += len(await reader.readexactly(length))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 700000\r\n\r\n" + b"x" * 700_000)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        server.close()


def secured(port: int, **fields: Any) -> ServiceSpec:
    """Service `s` over TLS at `port`."""
    plain = service(port, **fields)
    return replace(plain, instances=tuple(replace(one, scheme="https") for one in plain.instances))


LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
NAMED = x509.DNSName("upstream.test")


@pytest.mark.parametrize(
    ("alternative", "name", "sent"), [(LOOPBACK, "", None), (NAMED, "upstream.test", "upstream.test")]
)
async def test_a_certificate_that_holds_for_the_address_or_the_name_is_accepted(alternative, name, sent, tmp_path):
    authority = an_authority()
    async with (
        tls_upstream(server_context(authority, tmp_path, alternative)) as (port, seen),
        edge_gateway(route(), services=(secured(port, tls_ca_pem=authority.pem, tls_server_name=name),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            for _ in range(3):
                answer = await client.ask(post("/", b"y" * 300_000))
                assert (answer.status, len(answer.body)) == (200, 700_000)
        assert seen.names == [sent]
        assert seen.bodies == 900_000
        assert await is_at_rest(gateway)


async def test_an_answer_for_which_nobody_waits_may_be_the_last_of_its_connection(tmp_path):
    """It is closed while TLS still hands out what it has read."""
    faults: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        for fields in (b"", b"Connection: close\r\n"):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n%b\r\nhello" % fields)
        await reader.read()
        writer.close()

    authority = an_authority()
    context = server_context(authority, tmp_path, LOOPBACK)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    secure = secured(server.sockets[0].getsockname()[1], tls_ca_pem=authority.pem)
    async with edge_gateway(route(), services=(secure,)) as gateway:
        async with RawClient(gateway.port) as client:
            assert [(await client.ask(get("/"))).body for _ in range(6)] == [b"hello"] * 6
        assert await is_at_rest(gateway)
    server.close()
    assert (opened, faults) == (3, [])


@pytest.mark.parametrize("fault", ["unknown authority", "another name", "another address", "no authority named"])
async def test_any_other_certificate_is_refused(fault, tmp_path):
    authority = an_authority()
    alternative = x509.IPAddress(ipaddress.ip_address("127.0.0.2")) if fault == "another address" else LOOPBACK
    pem = {"unknown authority": an_authority().pem, "no authority named": ""}.get(fault, authority.pem)
    name = "other.test" if fault == "another name" else ""
    async with (
        tls_upstream(server_context(authority, tmp_path, alternative)) as (port, seen),
        edge_gateway(route(), services=(secured(port, tls_ca_pem=pem, tls_server_name=name),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(post("/", b"secret"))).status == 502
        assert seen.bodies == 0
        assert gateway.runtime.figures()["upstream_connections"] == 0


async def test_verifying_is_left_off_only_where_the_service_says_so(tmp_path):
    async with (
        tls_upstream(server_context(an_authority(), tmp_path, LOOPBACK)) as (port, _),
        edge_gateway(route(), services=(secured(port, verify_tls=False),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/"))).status == 200


@pytest.mark.parametrize(
    "fields", [{"tls_ca_pem": "no PEM"}, {"tls_server_name": ".upstream.test"}, {"tls_server_name": "a\0b"}]
)
async def test_g504_a_service_with_unusable_tls_settings_harms_no_other(fields, tmp_path, caplog):
    authority = an_authority()
    async with tls_upstream(server_context(authority, tmp_path, LOOPBACK)) as (port, seen):
        broken = secured(port, id="broken", name="broken", **fields)
        routes = (route("/good/*"), route("/broken/*", service_id="broken", service_name="broken"))
        services = (secured(port, tls_ca_pem=authority.pem), broken)
        async with edge_gateway(*routes, services=services) as gateway, RawClient(gateway.port) as client:
            assert (await client.ask(get("/good/"))).status == 200
            assert (await client.ask(get("/broken/"))).status == 500
    assert len(seen.names) == 1
    assert not caplog.records
