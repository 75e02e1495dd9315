"""`tail`: the access log as it is written.

The API has no stream of requests: this reads the file that GATEWAY_ACCESS_LOG names, on the machine of the gateway, or
standard input. No gateway is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from gateway_client.errors import DONE, Misused
from gateway_client.following import followed, last_lines
from gateway_client.screen import plain
from gateway_client.session import Session

FILTERS = ("route", "service", "instance", "user", "consumer", "method", "status", "outcome")
COLOURS = {"2": "green", "3": "cyan", "4": "yellow", "5": "bold red"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the access log; - is standard input")
    parser.add_argument("-n", "--lines", type=int, default=10, help="how many of the last lines first (10)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what is written, over rotations too")
    for name in FILTERS:
        parser.add_argument(f"--{name}", help="only these" + ("; 5xx is a class" if name == "status" else ""))


def run(session: Session, options: argparse.Namespace) -> int:
    wanted = {name: value for name in FILTERS if (value := getattr(options, name)) is not None}
    try:
        for line in _lines(options):
            _show(session, line, wanted)
    except OSError as error:
        raise Misused(f"{options.file}: {error.strerror}") from error
    return DONE


def _lines(options: argparse.Namespace) -> Iterable[str]:
    if options.file == "-":
        yield from map(str.rstrip, sys.stdin)
        return
    path = Path(options.file)
    lines, place = last_lines(path, options.lines)
    yield from lines
    if options.follow:
        yield from followed(path, place)


def _show(session: Session, line: str, wanted: Mapping[str, str]) -> None:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):  # a word of the log about itself, or another program's
        return
    if not all(is_wanted(record.get(name), value) for name, value in wanted.items()):
        return
    if session.screen.as_json:
        session.screen.raw(line + "\n")
    else:
        session.screen.out.print(told(record))


def is_wanted(found: Any, value: str) -> bool:
    """Whether a record's field is what was asked for; `5xx` stands for every status from 500."""
    if len(value) == 3 and value.endswith("xx"):
        return str(found)[:1] == value[0]
    return str(found) == value


def told(record: Mapping[str, Any]) -> Text:
    """A record as a line: when, what came of it, who asked for what, and who answered in which time."""
    get = {name: plain(str(value)) for name, value in record.items() if value is not None}.get
    status = get("status", "???")
    line = Text(f"{get('time', '')[11:23]} ")
    line.append(status, COLOURS.get(status[0], ""))
    line.append(f" {record.get('ms') or 0:8.1f} ms  {get('method', ''):6} {get('path', '')}")
    line.append(f"  {get('route') or '–'} → {get('instance') or '–'}", "cyan")
    for name in ("user", "consumer", "cache"):
        if value := get(name):
            line.append(f" {name}={value}", "dim")
    if get("outcome", "ok") != "ok":
        line.append(f"  {get('outcome')} {get('reason', '')}".rstrip(), "red")
    return line
