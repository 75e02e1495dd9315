"""`ping`: whether it is there and well, and which configuration it serves."""

from __future__ import annotations

import argparse
import time

from gateway_client.errors import DONE
from gateway_client.session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(session: Session, _options: argparse.Namespace) -> int:
    """Ends with 1 where the gateway says that it is not well, with 3 where none answers."""
    began = time.perf_counter()
    content = session.api.call("GET", "/health").content
    seconds = time.perf_counter() - began
    if session.screen.as_json:
        session.screen.document({"url": session.api.url, "seconds": round(seconds, 4), **content})
        return DONE
    workers = content.get("workers", [])
    behind = [one["name"] for one in workers if one["revision"] != content.get("revision")]
    session.screen.fields(
        {
            "gateway": session.api.url,
            "status": content["status"],
            "version": content.get("version"),
            "revision": content.get("revision"),
            "workers": f"{len(workers)}, behind: {', '.join(behind)}" if behind else len(workers),
            "active routes": content.get("active_routes"),
            "answered in": f"{seconds * 1000:.1f} ms",
        }
    )
    return DONE
