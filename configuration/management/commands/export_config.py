"""`manage.py export_config`: the configuration as a file (G-502)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from configuration.files.command import FileCommand
from configuration.files.exporting import exported
from configuration.files.selection import selection_of
from configuration.files.writing import as_json, as_yaml
from gateway_project.rest import access


class Command(FileCommand):
    """Writes what `import_config` reads. Secrets are never in it."""

    help = "Write the configuration as YAML or JSON, without secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is written, and where."""
        parser.add_argument("--output", metavar="FILE", help="write to this file instead of standard output")
        parser.add_argument("--format", choices=["yaml", "json"], help="default: by the file's name, else yaml")
        parser.add_argument("--with-hashes", action="store_true", help="with the hashes of keys and passwords")
        parser.add_argument("--ids", action="store_true", help="with the ids of routes")
        self.add_selection(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes. Raises CommandError."""
        output = options["output"]
        form = options["format"] or ("json" if output and output.endswith(".json") else "yaml")
        with self.speaking_of("export_config"):
            selection = selection_of(options["select_label"])
            document = exported(access.LOCAL, selection, with_hashes=options["with_hashes"], with_ids=options["ids"])
        text = as_json(document) if form == "json" else as_yaml(document)
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            Path(output).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}") from error
