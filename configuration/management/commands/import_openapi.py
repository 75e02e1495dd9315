"""`manage.py import_openapi`: the paths of an OpenAPI 3 document as routes of a service (G-502)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from configuration.files.command import FileCommand, content_of
from configuration.files.importing import Prepared, prepared
from configuration.files.openapi.merging import configuration_of
from configuration.files.reading import read_document
from gateway_project.rest import access

ACTOR = "import_openapi"


class Command(FileCommand):
    """Shows the plan and carries it out, in one revision. Routes that the document does not have stay."""

    help = "Make the paths of an OpenAPI 3.0 or 3.1 document routes of a service."
    may_prune = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which document, and for which service."""
        parser.add_argument("file", help="the OpenAPI document, YAML or JSON; - reads standard input")
        parser.add_argument("--service", required=True, metavar="NAME", help="the service that answers")
        parser.add_argument("--prefix", default="", metavar="/PATH", help="the gateway's paths begin with it")
        parser.add_argument("--dry-run", action="store_true", help="show the plan, try it, store nothing")
        parser.add_argument("--reason", default="", help="why; kept with the revision")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, and then nothing is stored."""
        self.carry_out(options, ACTOR, options["reason"] or f"OpenAPI import of {options['file']}")

    def plan_of(self, options: dict[str, Any]) -> Prepared:
        """As the base, for the document's routes."""
        document = read_document(content_of(options["file"]))
        wanted = configuration_of(document, options["service"], options["prefix"], access.LOCAL)
        return prepared(wanted, access.LOCAL, environment={})
