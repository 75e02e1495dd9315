"""`manage.py diff_config`: whether the configuration is what a file says (G-502)."""

from __future__ import annotations

import sys
from typing import Any

from configuration.files.command import FileCommand

DRIFT = 2
"""The exit code when they differ; 0 when they do not, 1 when it cannot be told."""


class Command(FileCommand):
    """Shows what `import_config --prune` would do."""

    help = "Compare the configuration with a file. Exit code 0: the same, 2: they differ, 1: an error."

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes the differences and exits with the code. Raises CommandError."""
        with self.speaking_of(options["file"]):
            plan = self.prepared(options, prune=True).plan
            self.tell(plan)
        if plan.changes:
            sys.exit(DRIFT)
