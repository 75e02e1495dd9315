"""`manage.py prune_revisions`: forget the oldest changes now; a node does it every hour."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from revisions.retention import prune


class Command(BaseCommand):
    """Prints how many changes were forgotten."""

    help = "Forget the oldest changes of the history beyond GATEWAY_HISTORY_CHANGES. Revisions themselves stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep", type=int, help="how many changes to keep, instead of the setting")

    def handle(self, *args: Any, **options: Any) -> None:
        keep = options["keep"]
        self.stdout.write(str(prune(None if keep is None else max(keep, 0))))
