"""Keys and passwords on a node as it is run: made by the API, refused by every worker once they are revoked (G-226)."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.reliability.node import Node
from tests.common.consumer_credentials import PASSWORD, basic
from tests.common.every_worker import connect, in_force, statuses
from tests.common.migrated_state import migrated_state
from tests.common.raw_client import get
from tests.common.scripted_upstream import answering, ok, scripted

WORKERS = 4
PLUGINS = {"key_auth": {}, "basic_auth": {}}


async def test_g226_what_is_revoked_is_refused_by_the_next_request_to_each_of_four_workers(tmp_path: Path) -> None:
    async with scripted(answering(ok())) as upstream, AsyncExitStack() as open_clients:
        migrated_state(tmp_path / "state")
        with await asyncio.to_thread(Node, tmp_path, WORKERS) as node:
            await asyncio.to_thread(guard, node, upstream.port)
            consumer = await asyncio.to_thread(node.call, "POST", "/admin/consumers", {"name": "shop"})
            path = f"/admin/consumers/{consumer['consumer_id']}"
            made = await asyncio.to_thread(node.call, "POST", f"{path}/keys", {})
            user = {"username": "till-1", "password": PASSWORD}
            named = await asyncio.to_thread(node.call, "POST", f"{path}/basic", user)
            key, password = get("/guarded", f"X-API-Key: {made['key']}"), get("/guarded", basic())
            clients = await connect(node, open_clients, key)
            assert await statuses(clients, key) == {200}
            assert await statuses(clients, password) == {200}
            await in_force(node, await asyncio.to_thread(node.call, "DELETE", f"{path}/keys/{made['key_id']}"))
            assert await statuses(clients, key) == {401}
            assert await statuses(clients, password) == {200}
            await in_force(node, await asyncio.to_thread(node.call, "DELETE", f"{path}/basic/{named['basic_id']}"))
            assert await statuses(clients, password) == {401}
            assert_no_file_holds(tmp_path, made["key"], PASSWORD)


def guard(node: Node, port: int) -> None:
    node.instance("one", port)
    node.route("/guarded", "/guarded", plugins=PLUGINS)


def assert_no_file_holds(directory: Path, *found: str) -> None:
    """Database, snapshots and log hold hashes at most, and others may not read the snapshot."""
    snapshots = list(directory.rglob("*.snapshot*"))
    assert len(snapshots) == 2
    assert {path.stat().st_mode & 0o777 for path in snapshots} == {0o600}
    assert any(re.search(rb'"digest":"scrypt', path.read_bytes()) for path in snapshots)
    for path in directory.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [secret for secret in found if secret.encode() in content], path
