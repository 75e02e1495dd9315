"""One active check against real sockets (G-208): what counts as well, and that nothing but the instance is asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from proxy.health import check as checking
from proxy.health.target import Target, targets
from proxy.transport.target_guard import TargetGuard
from services.spec import HealthSpec, InstanceSpec, ServiceSpec
from tests.common.certificates import an_authority, server_context
from tests.common.scripted_upstream import Connection, answering, ok, scripted


async def check(target: Target) -> str:
    """A check that may go anywhere."""
    return await checking.check(target, TargetGuard(()))


def target(port: int, path: str = "/health?deep=1", **fields: object) -> Target:
    """A target on loopback with a timeout of half a second."""
    instance = InstanceSpec(
        id="i", instance_id="one", scheme="http", host="127.0.0.1", port=port, health_check_path=path
    )
    service = ServiceSpec(id="s", name="s", instances=(instance,), health=HealthSpec(timeout_seconds=0.5))
    return replace(targets([service])["i"], **fields)  # type: ignore[arg-type]


def status(line: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + line, b"content-length: 0", *fields]) + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"200 OK", ""),
        (b"204 No Content", ""),
        (b"304 Not Modified", ""),
        (b"401 Unauthorized", "answered 401"),
        (b"404 Not Found", "answered 404"),
        (b"500 Oh", "answered 500"),
        (b"503 Later", "answered 503"),
    ],
)
async def test_g208_from_200_to_399_is_well(line: bytes, problem: str) -> None:
    async with scripted(answering(status(line))) as upstream:
        assert await check(target(upstream.port)) == problem


async def test_g208_it_is_a_get_for_path_and_query_with_the_address_as_host_on_a_connection_of_its_own() -> None:
    async with scripted(answering(ok(b"fine", b"set-cookie: a=b"))) as upstream:
        assert [await check(target(upstream.port)) for _ in range(2)] == ["", ""]
        first, second = (connection.received.lower() for connection in upstream.connections)
    assert first.startswith(b"get /health?deep=1 http/1.1\r\nhost: 127.0.0.1:%d\r\n" % upstream.port)
    assert b"cookie" not in second


async def test_a_redirect_is_well_and_never_followed() -> None:
    async with scripted(answering(ok())) as elsewhere:
        location = b"location: http://127.0.0.1:%d/" % elsewhere.port
        async with scripted(answering(status(b"302 Found", location))) as upstream:
            assert await check(target(upstream.port)) == ""
            assert len(upstream.connections) == 1
        assert elsewhere.connections == []


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(answering(ok())) as upstream:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        assert await check(target(upstream.port)) == ""


async def test_g208_an_endless_body_is_not_read() -> None:
    async def endless(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await connection.send(b"x" * 65536)

    async with scripted(endless) as upstream:
        assert await check(target(upstream.port)) == ""
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)


async def test_g208_a_check_has_its_own_timeout_and_never_outlasts_its_interval() -> None:
    async def silent(connection: Connection) -> None:
        await connection.until_closed()

    async with scripted(silent) as upstream:
        assert await check(target(upstream.port)) == "no answer within 0.5 s"
        assert await check(target(upstream.port, interval=0.2)) == "no answer within 0.2 s"


async def test_g208_refused_reset_and_nonsense_are_failures_not_exceptions() -> None:
    async def resetting(connection: Connection) -> None:
        await connection.read_head()
        connection.reset()

    async with scripted(answering(b"SSH-2.0-OpenSSH\r\n\r\n")) as nonsense, scripted(resetting) as reset:
        assert "RemoteProtocolError" in await check(target(nonsense.port))
        assert "ReadError" in await check(target(reset.port))
    assert "ConnectError" in await check(target(nonsense.port))
    assert await check(target(1, host="no-such-host.invalid")) != ""


@asynccontextmanager
async def over_tls(context: ssl.SSLContext) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ok())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_g208_the_tls_settings_of_the_service_hold(tmp_path: Path) -> None:
    authority, stranger = an_authority(), an_authority()
    async with over_tls(server_context(authority, tmp_path, x509.DNSName("upstream.test"))) as port:
        trusted = target(port, scheme="https", tls_ca_pem=authority.pem, tls_server_name="upstream.test")
        assert await check(trusted) == ""
        assert "CERTIFICATE_VERIFY_FAILED" in await check(replace(trusted, tls_ca_pem=stranger.pem))
        assert "CERTIFICATE_VERIFY_FAILED" in await check(replace(trusted, tls_server_name="other.test"))
        assert await check(replace(trusted, tls_ca_pem=stranger.pem, verify_tls=False)) == ""
        assert "tls_ca_pem" in await check(replace(trusted, tls_ca_pem="no certificate"))
