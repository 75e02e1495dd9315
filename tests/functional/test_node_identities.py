"""Grants, issuers and revocations on a node as it is run: in force on each worker when the call is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing
from typing import Any

import jwt
import pytest

from benchmarks.reliability.node import Node
from tests.common import access_tokens
from tests.common.every_worker import connect, in_force, statuses
from tests.common.key_server import key_server
from tests.common.migrated_state import migrated_state
from tests.common.raw_client import RawClient, get
from tests.common.tokens import OTHER_SECRET, SECRET, private_key, public_jwk
from tests.common.watched_upstream import WatchedUpstream

pytestmark = pytest.mark.slow

WORKERS = 2


class Served:
    """A node with a route `/guarded` that asks for `user.read`, and connections to each of its workers."""

    def __init__(self, node: Node, clients: list[RawClient]) -> None:
        self.node = node
        self.clients = clients

    async def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A write that every worker serves."""
        content: dict[str, Any] = await asyncio.to_thread(self.node.call, method, path, body)
        await in_force(self.node, content)
        return content

    async def answers(self, token: str) -> set[int]:
        """What each connection is answered with this token."""
        return await statuses(self.clients, bearing(token))

    def token(self, **claims: list[str]) -> str:
        """One of the built-in issuer, for `u1`."""
        return access_tokens.access("u1", secret=self.node.environment["GATEWAY_JWT_SECRET"], **claims)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    directory = tmp_path_factory.mktemp("node")
    migrated_state(directory / "state")
    with closing(WatchedUpstream("one")) as upstream, Node(directory, WORKERS) as node:
        node.call("POST", "/admin/permissions", {"permission_code": "user.read", "permission_name": "Read users"})
        node.instance("one", upstream.port)
        node.route("/guarded", "/guarded", requires_auth=True, required_permissions=["user.read"])
        yield node


@pytest.fixture
async def served(node: Node) -> AsyncIterator[Served]:
    async with AsyncExitStack() as stack:
        yield Served(node, await connect(node, stack, bearing("nothing")))


def bearing(token: str) -> bytes:
    return get("/guarded", f"Authorization: Bearer {token}")


def foreign(key: Any, algorithm: str, kid: str | None = None) -> str:
    claims = {"iss": "https://idp", "sub": "u2", "exp": int(time.time()) + 600, "permissions": ["user.read"]}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else None)


async def test_g223_a_grant_counts_and_ends_with_the_answer_of_the_call(served: Served) -> None:
    await served.call("POST", "/admin/roles", {"name": "reader"})
    token = served.token(roles=["reader"])
    assert await served.answers(token) == {403}
    for holder in ({"user": "u1"}, {"role": "reader"}):
        made = await served.call("POST", "/admin/grants", {"permission": "user.read", **holder})
        assert await served.answers(token) == {200}
        path = f"/admin/grants/{made['grant_id']}"
        await served.call("PUT", path, {"expires_at": "2020-01-01 00:00:00"})
        assert await served.answers(token) == {403}
        await served.call("PUT", path, {"expires_at": None})
        assert await served.answers(token) == {200}
        await served.call("DELETE", path)
        assert await served.answers(token) == {403}


async def test_g007_an_issuer_is_believed_by_its_newest_key_alone(served: Served) -> None:
    old, new = foreign(SECRET, "HS256"), foreign(OTHER_SECRET, "HS256")
    assert await served.answers(old) == {401}
    body = {"name": "idp", "issuer": "https://idp", "algorithms": ["HS256"], "secret": SECRET}
    path = f"/admin/issuers/{(await served.call('POST', '/admin/issuers', body))['issuer_id']}"
    assert (await served.answers(old), await served.answers(new)) == ({200}, {401})
    await served.call("PUT", path, {"secret": OTHER_SECRET})
    assert (await served.answers(old), await served.answers(new)) == ({401}, {200})
    with key_server() as server:
        server.answer = {"keys": [public_jwk("RSA", kid="k1")]}
        await served.call("PUT", path, {"jwks_url": server.url, "algorithms": ["RS256"]})
        signed = foreign(private_key("RSA"), "RS256", "k1")
        assert (await served.answers(new), await served.answers(signed)) == ({401}, {200})
        seen = await asyncio.to_thread(served.node.call, "POST", f"{path}/test")
        assert (seen["usable"], [key["kid"] for key in seen["keys"]]) == (True, ["k1"])
    await served.call("DELETE", path)
    assert await served.answers(signed) == {401}


async def test_g009_a_revoked_token_is_refused_by_every_worker_once_the_call_is_answered(served: Served) -> None:
    token = served.token(permissions=["user.read"])
    assert await served.answers(token) == {200}
    await served.call("POST", "/admin/auth/revoke", {"token": token})
    assert await served.answers(token) == {401}
    listed = await asyncio.to_thread(served.node.call, "GET", "/admin/auth/revocations")
    assert listed["total"] == 1
    await served.call("DELETE", f"/admin/auth/revocations/{listed['revocations'][0]['id']}")
    assert await served.answers(token) == {200}
