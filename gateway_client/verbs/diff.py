"""`diff`: what would have to change so that the gateway is as a file says; ends with 2 where that is anything."""

from __future__ import annotations

import argparse

from gateway_client.configuration import plan_lines, sent, takes_labels
from gateway_client.errors import DIFFERS, DONE
from gateway_client.session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="YAML or JSON; - is standard input")
    takes_labels(parser)


def run(session: Session, options: argparse.Namespace) -> int:
    content = sent(session, options, prune=True, dry_run=True).content
    if session.screen.as_json:
        session.screen.document(content)
    else:
        for line in plan_lines(content):
            session.screen.out.print(line)
    return DIFFERS if content["changes"] else DONE
