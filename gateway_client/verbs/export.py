"""`export`: the configuration as a document, without secrets."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from gateway_client.configuration import CONFIG, YAML, takes_labels
from gateway_client.errors import DONE, Misused
from gateway_client.session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    takes_labels(parser)
    parser.add_argument("-o", "--output", default="", metavar="FILE", help="instead of standard output")
    parser.add_argument("--with-hashes", action="store_true", help="with the hashes of keys and passwords")
    parser.add_argument("--ids", action="store_true", help="with the ids of routes")


def run(session: Session, options: argparse.Namespace) -> int:
    asked: dict[str, Any] = {"select_label": options.select_label or None}
    asked |= {name: "true" for name in ("with_hashes", "ids") if getattr(options, name)}
    with session.screen.progress("configuration"):
        if session.screen.as_json:
            content = session.api.call("GET", CONFIG, params=asked).content
            text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        else:
            text = session.api.text(CONFIG, YAML, asked)
    if not options.output:
        session.screen.raw(text)
        return DONE
    try:
        Path(options.output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misused(f"{options.output}: {error.strerror}") from error
    session.screen.note(f"{options.output}: {len(text.encode())} bytes", "green")
    return DONE
