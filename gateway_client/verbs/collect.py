"""`collect`: one archive for the report of a fault. What cannot be fetched is named in it instead."""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from gateway_client.archive import masked, write_archive
from gateway_client.errors import DONE, Misused, Refused
from gateway_client.session import Session

HEALTH = "health.json"
CALLS = {
    HEALTH: "/health",
    "problems.json": "/admin/problems",
    "conflicts.json": "/admin/conflicts",
    "revisions.json": "/admin/revisions?size=20",
    "configuration.json": "/admin/config",
    "traffic.json": "/metrics?hours=24&group_by=hour",
}
METRICS = "metrics.txt"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", default="", metavar="FILE", help="otherwise gateway-report-TIME.tar.gz")


def run(session: Session, options: argparse.Namespace) -> int:
    name = time.strftime("gateway-report-%Y%m%d-%H%M%S")
    path = Path(options.output or f"{name}.tar.gz")
    texts: dict[str, str] = {}
    missing: dict[str, str] = {}
    with session.screen.progress("report") as told:
        for done, file in enumerate([*CALLS, METRICS], start=1):
            try:
                texts[file] = _fetched(session, file)
            except Refused as error:
                missing[file] = str(error)
            told(done, len(CALLS) + 1)
    texts["client.json"] = _json({**_about(session), "missing": missing})
    try:
        size = write_archive(path, name, texts)
    except OSError as error:
        raise Misused(f"{path}: {error.strerror}") from error
    session.screen.fields({"report": str(path), "bytes": size, "files": [*texts], "missing": missing})
    return DONE


def _fetched(session: Session, file: str) -> str:
    if file == METRICS:
        return session.api.text("/metrics", "text/plain")
    try:
        return _json(masked(session.api.call("GET", CALLS[file]).content))
    except Refused as error:
        if file == HEALTH:  # that it is not well is what the report is for
            return _json(masked(error.content))
        raise


def _about(session: Session) -> Mapping[str, Any]:
    packages = {name: metadata.version(name) for name in ("httpx", "rich")}
    return {
        "gateway": session.api.url,
        "collected_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": packages,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
