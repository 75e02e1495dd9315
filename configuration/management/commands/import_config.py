"""`manage.py import_config`: makes the configuration what a file says (G-502)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from configuration.files.command import FileCommand

ACTOR = "import_config"


class Command(FileCommand):
    """One file, one transaction, one revision; none when nothing has to change."""

    help = "Change the configuration to what a file says; objects it does not name stay, unless --prune is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How far it may go."""
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="show the plan, try it, store nothing")
        parser.add_argument("--prune", action="store_true", help="delete what the file does not name")
        parser.add_argument("--reason", default="", help="why; kept with the revision")

    def handle(self, *args: Any, **options: Any) -> None:
        """Shows the plan and carries it out. Raises CommandError, and then nothing is stored."""
        self.carry_out(options, ACTOR, options["reason"] or f"import of {options['file']}")
