"""Connections to a node of which every worker has some."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.reliability.node import Node, descriptors
from tests.common.raw_client import RawClient

CONNECTIONS = 64
MOST_CONNECTIONS = 16 * CONNECTIONS
"""Who accepts a connection is left to the kernel: as many are opened as it takes to reach every worker."""


async def connect(node: Node, stack: AsyncExitStack, request: bytes) -> list[RawClient]:
    """Opens them, each having sent `request` once; they close with the stack."""
    workers = await asyncio.to_thread(node.workers)
    before = [descriptors(pid) for pid in workers]
    clients: list[RawClient] = []
    while not all(now > then for now, then in zip(map(descriptors, workers), before, strict=True)):
        assert len(clients) < MOST_CONNECTIONS, "some worker accepts nothing"
        clients += [await stack.enter_async_context(RawClient(node.port)) for _ in range(CONNECTIONS)]
        await statuses(clients, request)
    return clients


async def in_force(node: Node, answered: dict[str, Any]) -> None:
    """A write that was answered is served by every worker, or tells which of them lag; those are waited for."""
    while "pending_workers" in answered:
        health = await asyncio.to_thread(node.call, "GET", "/health")
        if all(worker["revision"] >= health["revision"] for worker in health["workers"]):
            return
        await asyncio.sleep(0.02)


async def statuses(clients: list[RawClient], request: bytes) -> set[int]:
    """What each of them is answered, all at once."""
    return {answer.status for answer in await asyncio.gather(*(client.ask(request) for client in clients))}
