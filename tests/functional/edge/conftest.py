"""The edge is tested on the event loop it runs on."""

from __future__ import annotations

import asyncio

import pytest
import uvloop


@pytest.fixture(scope="session")
def event_loop_policy() -> asyncio.AbstractEventLoopPolicy:
    """The workers' loop."""
    return uvloop.EventLoopPolicy()
