"""`manage.py explain`: what would become of a request, and why (G-410)."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError

from gateway_project.rest.errors import ApiError
from proxy.explain.asked import Asked
from proxy.explain.rows import explainer
from proxy.explain.text import lines_of


class Command(BaseCommand):
    """Asks the rows: what a node keeps while it runs (counts, circuits, checks) its own REST API tells."""

    help = "Explain what would become of a request. Counts, circuits and checks of a running node: POST /admin/explain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("method", nargs="?", default="GET", help="GET where only a path is given")
        parser.add_argument("path", help="as a client would write it, with its query")
        parser.add_argument("--host", default="localhost")
        parser.add_argument("--header", action="append", default=[], type=_header, metavar="NAME:VALUE")
        parser.add_argument("--token", default="", help="an access token")
        parser.add_argument("--address", default="127.0.0.1", help="of the client")
        parser.add_argument("--scheme", choices=["http", "https"], default="http")
        parser.add_argument("--as-of", type=int, metavar="REVISION")
        parser.add_argument("--json", action="store_true", help="as POST /admin/explain answers")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = Asked(
            method=options["method"],
            target=options["path"],
            host=options["host"],
            headers=tuple(options["header"]),
            address=options["address"],
            scheme=options["scheme"],
            token=options["token"],
        )
        try:
            told = async_to_sync(explainer(options["as_of"]).explain)(asked)
        except ApiError as error:
            raise CommandError(str(error.message)) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(told), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lines_of(told)))


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise ArgumentTypeError("must be NAME:VALUE")
    return name.strip(), value.strip()
