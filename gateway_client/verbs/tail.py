"""`tail`: the traffic as it happens, or an access log as it is written.

Without a file the gateway is asked, which shows what the token may see. A file, the one that GATEWAY_ACCESS_LOG names,
or standard input, is read here, and no gateway is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from rich.text import Text

from gateway_client.errors import DONE, ClientError, Misused, Unreachable
from gateway_client.following import followed, last_lines
from gateway_client.screen import plain
from gateway_client.session import Session

FILTERS = ("route", "service", "instance", "user", "consumer", "method", "status", "outcome")
TAIL = "/admin/traffic/tail"
ASKED = ("route", "service", "user", "status", "slow", "seconds")
"""What the gateway is asked for; the rest is chosen here."""
COLOURS = {"2": "green", "3": "cyan", "4": "yellow", "5": "bold red"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="an access log in place of the gateway; - is standard input"
    )
    parser.add_argument("-n", "--lines", type=int, default=10, help="of a file: how many of the last lines first (10)")
    parser.add_argument("-f", "--follow", action="store_true", help="of a file: go on with what is written")
    parser.add_argument("--slow", type=int, metavar="MS", help="only what took at least so many milliseconds")
    parser.add_argument("--seconds", type=int, help="of the gateway: for so long")
    for name in FILTERS:
        parser.add_argument(f"--{name}", help="only these" + ("; 5xx is a class" if name == "status" else ""))


def run(session: Session, options: argparse.Namespace) -> int:
    wanted = {name: value for name in FILTERS if (value := getattr(options, name)) is not None}
    show = partial(_show, session, wanted, options.slow or 0)
    if options.file is None:
        return _watch(session, options, show)
    try:
        for line in _lines(options):
            show(line)
    except OSError as error:
        raise Misused(f"{options.file}: {error.strerror}") from error
    return DONE


def _watch(session: Session, options: argparse.Namespace, show: Callable[[str], None]) -> int:
    """Until the gateway ends it; it ends well when the time is over."""
    asked = {name: getattr(options, name) for name in ASKED}
    for event, data in session.api.events(TAIL, asked):
        if event == "request":
            show(data)
        elif event == "skipped":
            session.screen.note(f"{data} requests left out", "yellow")
        elif event == "end":
            end = json.loads(data)
            if end["code"].startswith("F"):
                raise ClientError(f"{end['code']}: {end['msg']}")
            return DONE
    raise Unreachable("the gateway closed the stream")


def _lines(options: argparse.Namespace) -> Iterable[str]:
    if options.file == "-":
        yield from map(str.rstrip, sys.stdin)
        return
    path = Path(options.file)
    lines, place = last_lines(path, options.lines)
    yield from lines
    if options.follow:
        yield from followed(path, place)


def _show(session: Session, wanted: Mapping[str, str], slow: int, line: str) -> None:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):  # a word of the log about itself, or another program's
        return
    if (record.get("ms") or 0) < slow or not all(is_wanted(record.get(name), value) for name, value in wanted.items()):
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
