"""No spelling, name or redirect leads to an address that is denied (P7, R-22): a recorder listens at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from proxy.options import DENIED_TARGETS
from proxy.transport.target_guard import TargetGuard
from tests.common.address_spellings import spellings
from tests.common.connection_attempts import ATTEMPTS, Attempt, as_health_check, as_key_address, without_dns
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted

DENIED = "127.66.6.6"
"""Stands for the metadata service: the whole of 127.0.0.0/8 is this machine."""
SPELLINGS = spellings(DENIED)


class Recorder:
    """Accepts at the denied address and counts."""

    def __init__(self) -> None:
        self.accepted = 0
        self.port = 0

    def take(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()


@asynccontextmanager
async def recorder() -> AsyncIterator[Recorder]:
    state = Recorder()
    server = await asyncio.start_server(state.take, DENIED, 0)
    state.port = server.sockets[0].getsockname()[1]
    async with server:
        yield state


NETWORKS = [*DENIED_TARGETS, "127.66.0.0/16"]
GUARD = TargetGuard(NETWORKS, resolve=without_dns)
OPEN = TargetGuard((), resolve=without_dns)


def test_r22_there_are_enough_spellings() -> None:
    assert len(SPELLINGS) >= 150


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_r22_no_spelling_of_a_denied_address_is_connected_to(attempt: Attempt) -> None:
    async with recorder() as heard:
        for host in SPELLINGS:
            await attempt(host, heard.port, GUARD)
        assert heard.accepted == 0
        for host in SPELLINGS[::8]:
            await attempt(host, heard.port, OPEN)
        assert heard.accepted >= 15, "the recorder hears nothing, so its silence says nothing"


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_r22_a_name_that_answers_otherwise_the_second_time_gains_nothing(attempt: Attempt) -> None:
    """DNS rebinding: the connection goes to the address that was judged, and no second answer is asked for."""
    asked = 0

    async def rebinding(_host: str, _port: int) -> list[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1" if asked % 2 else DENIED]

    async with recorder() as heard, scripted(answering(ok())) as harmless:
        guard = TargetGuard(NETWORKS, resolve=rebinding)
        for _ in range(20):
            await attempt("rebinding.example", heard.port, guard)
        asked = 0
        for _ in range(20):
            await attempt("rebinding.example", harmless.port, guard)
        assert (heard.accepted, len(harmless.connections)) == (0, asked / 2)


async def test_r22_a_request_to_a_denied_instance_is_answered_502_and_the_next_one_is_asked() -> None:
    async with recorder() as heard, scripted(answering(ok(b"well"))) as upstream:
        instances = service(heard.port).instances
        denied = replace(service(heard.port), instances=(replace(instances[0], host=DENIED),))
        async with (
            edge_gateway(route(), services=(denied,), denied_targets=("127.66.0.0/16",)) as gateway,
            RawClient(gateway.port) as client,
        ):
            answer = await client.ask(get("/"))
            assert answer.status == 502
            assert DENIED.encode() not in answer.body
            both = replace(denied, instances=(*denied.instances, *replace(service(upstream.port)).instances))
            gateway.configure(
                route(retry_count=2),
                services=(replace(both, instances=(replace(both.instances[0], id="denied"), both.instances[1])),),
            )
            assert (await client.ask(get("/"))).body == b"well"
        assert heard.accepted == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_p7_a_redirect_is_handed_to_the_client_and_followed_by_nobody(status: int) -> None:
    async with recorder() as heard:
        location = b"location: http://%b:%d/" % (DENIED.encode(), heard.port)
        reply = b"HTTP/1.1 %d Elsewhere\r\ncontent-length: 0\r\n%b\r\n\r\n" % (status, location)
        async with (
            scripted(answering(reply)) as upstream,
            edge_gateway(route(), services=(service(upstream.port),)) as gateway,
            RawClient(gateway.port) as client,
        ):
            assert (await client.ask(get("/"))).status == status
            await as_health_check("127.0.0.1", upstream.port, OPEN)
            await as_key_address("127.0.0.1", upstream.port, OPEN)
        assert heard.accepted == 0
