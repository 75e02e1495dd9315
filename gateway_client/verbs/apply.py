"""`apply`: make the configuration what a file says, after showing what that changes."""

from __future__ import annotations

import argparse
import sys

from gateway_client.configuration import plan_lines, sent, takes_labels
from gateway_client.errors import DONE, REFUSED
from gateway_client.session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="YAML or JSON; standard input is -, which --yes must go with")
    takes_labels(parser)
    parser.add_argument("--prune", action="store_true", help="delete what the file does not name")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and stop")
    parser.add_argument("--yes", action="store_true", help="do not show it first and ask")


def run(session: Session, options: argparse.Namespace) -> int:
    """Asks where a person sits in front of it; a script is not asked."""
    asks = sys.stdin.isatty() and not options.yes
    if options.dry_run or asks:
        planned = sent(session, options, prune=options.prune, dry_run=True).content
        _show(session, planned)
        if options.dry_run or not planned["changes"]:
            return DONE
        if input("Apply? [y/N] ").strip().lower() not in {"y", "yes"}:
            return REFUSED
    reply = sent(session, options, prune=options.prune, dry_run=False)
    session.tell_laggards(reply)
    if session.screen.as_json or not asks:
        _show(session, reply.content)
    revision = reply.content["revision"]
    session.screen.note(f"stored as revision {revision}" if revision else "nothing had to change", "green")
    return DONE


def _show(session: Session, content: dict[str, object]) -> None:
    if session.screen.as_json:
        session.screen.document(content)
        return
    for line in plan_lines(content):
        session.screen.out.print(line)
