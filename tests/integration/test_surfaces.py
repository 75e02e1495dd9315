"""Which surface answers a path when one process serves both (G-105, DESIGN §2)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway_project.asgi import SurfaceChooser


def surface(name: str, seen: list[str]) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(name)

    return application


async def answered_by(**scope: Any) -> str:
    seen: list[str] = []
    chooser = SurfaceChooser(surface("control", seen), lambda: surface("proxy", seen))
    await chooser(scope, None, None)  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/admin", "control"),
        ("/admin/routes", "control"),
        ("/health", "control"),
        ("/console/", "control"),
        ("/static/x.js", "control"),
        ("/gateway", "control"),
        ("/gateway/other", "control"),
        ("/gateway/batch", "proxy"),
        ("/administration", "proxy"),
        ("/healthy", "proxy"),
        ("/", "proxy"),
        ("/api/admin", "proxy"),
        ("/ü", "proxy"),
        ("/\udcff", "proxy"),
    ],
)
async def test_http_goes_by_its_first_segment(path, name):
    assert await answered_by(type="http", path=path) == name


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
async def test_everything_else_goes_to_the_data_plane(kind):
    assert await answered_by(type=kind, path="/admin") == "proxy"
