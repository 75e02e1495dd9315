"""What the commands about files have in common: options, reading a file, telling what is wrong with it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import override

from configuration.files.importing import Prepared, prepared
from configuration.files.plan import Plan
from configuration.files.plan_text import plan_lines
from configuration.files.problem import DocumentError
from configuration.files.reading import MAX_BYTES, read_document
from configuration.files.selection import selection_of
from gateway_project.rest import access
from gateway_project.rest.errors import ApiError
from revisions.change import change


class FileCommand(BaseCommand):
    """A command about a configuration file. It speaks English, whatever the language of the API."""

    may_prune: ClassVar[bool] = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file and the part it is about."""
        parser.add_argument("file", help="the configuration file, YAML or JSON; - reads standard input")
        self.add_selection(parser)

    @staticmethod
    def add_selection(parser: ArgumentParser) -> None:
        """`--select-label`."""
        parser.add_argument(
            "--select-label",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="only services, routes and consumers with this label; may be repeated",
        )

    def prepared(self, options: dict[str, Any], *, prune: bool) -> Prepared:
        """The plan for the file. Raises `DocumentError`."""
        document = read_document(content_of(options["file"]))
        selection = selection_of(options["select_label"])
        return prepared(document, access.LOCAL, environment=os.environ, selection=selection, prune=prune)

    def plan_of(self, options: dict[str, Any]) -> Prepared:
        """What `carry_out` carries out; another command may read its file as something else."""
        return self.prepared(options, prune=options["prune"])

    def carry_out(self, options: dict[str, Any], actor: str, reason: str) -> None:
        """Shows the plan and stores it as one revision, or with `dry_run` takes it back. Raises CommandError."""
        with self.speaking_of(options["file"]), transaction.atomic():
            with change(actor=actor, reason=reason) as current:
                ready = self.plan_of(options)
                self.tell(ready.plan)
                ready.carry_out(access.LOCAL, actor)
            if options["dry_run"]:
                transaction.set_rollback(True)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was stored.")
        elif current.number is not None:
            self.stdout.write(f"Stored as revision {current.number}.")

    def tell(self, plan: Plan) -> None:
        """Writes the plan."""
        for line in plan_lines(plan, may_prune=self.may_prune):
            self.stdout.write(line)

    @contextmanager
    def speaking_of(self, name: str) -> Iterator[None]:
        """In English; whatever is wrong becomes a CommandError that begins with the file's name."""
        with override("en"):
            try:
                yield
            except DocumentError as error:
                raise CommandError("\n".join(f"{name}: {problem}" for problem in error.problems)) from error
            except ApiError as error:
                used = ", ".join(error.content.get("used_by", []))
                raise CommandError(f"{name}: {error.message}{f' ({used})' if used else ''}") from error
            except (ValidationError, ProtectedError) as error:
                raise CommandError(f"{name}: {error}") from error


def content_of(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`; one more than there may be, at most. Raises CommandError."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error
