"""What cannot be judged is refused, and the upstream is not called (A2)."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from permissions.spec import IssuerSpec
from tests.common.edge_gateway import ISSUER, bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted
from tests.common.tokens import signed

UNKNOWN = {"guard_of_another_version": {}}


@pytest.mark.parametrize("level", ["global", "service", "route"])
async def test_a2_a_route_with_a_plugin_this_program_does_not_have_is_closed_and_no_other(level: str) -> None:
    """It may be what guards the route: after a step back to an older version, or a typing error in the database."""
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        guarded = route("/a", "/", plugins=UNKNOWN if level == "route" else {})
        owner = service(upstream.port, plugins=UNKNOWN if level == "service" else {})
        other = replace(service(upstream.port), id="t", name="t")
        free = route("/b", "/", service_id="t", service_name="t")
        plugins = {"plugins": UNKNOWN} if level == "global" else {}
        gateway.configure(guarded, free, services=(owner, other), **plugins)
        assert (await client.ask(get("/a"))).status == 500
        assert (await client.ask(get("/b"))).status == (500 if level == "global" else 200)
        assert len(upstream.connections) == (0 if level == "global" else 1)


async def test_a2_a_plugin_that_is_switched_off_closes_nothing() -> None:
    async with scripted(answering(ok())) as upstream:
        off = route(plugins={"guard_of_another_version": {"enabled": False}})
        async with edge_gateway(off, services=(service(upstream.port),)) as gateway, RawClient(gateway.port) as client:
            assert (await client.ask(get("/"))).status == 200


async def test_a2_keys_that_cannot_be_had_are_a_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/keys"
        silent.close()
        gone = IssuerSpec(id="7", name="idp", issuer="https://idp", algorithms=("RS256",), jwks_url=address)
        async with (
            scripted(answering(ok())) as upstream,
            edge_gateway() as gateway,
            RawClient(gateway.port) as client,
        ):
            gateway.configure(route(requires_auth=True), services=(service(upstream.port),), issuers=(ISSUER, gone))
            token = signed("RSA", "RS256", "k1", iss="https://idp", exp=4_000_000_000)
            assert (await client.ask(get("/", f"Authorization: Bearer {token}"))).status == 401
            assert not upstream.connections
            assert (await client.ask(get("/", bearer("anna")))).status == 200


@pytest.mark.parametrize("fields", [{"secret": "short"}, {}, {"leeway_seconds": 31}, {"public_key_pem": "x"}])
async def test_a2_an_issuer_whose_row_is_wrong_is_believed_nothing(fields: dict[str, object]) -> None:
    wrong = replace(ISSUER, **(fields or {"secret": ""}))
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        gateway.configure(route(requires_auth=True), services=(service(upstream.port),), issuers=(wrong,))
        assert (await client.ask(get("/", bearer("anna")))).status == 401
        assert not upstream.connections
