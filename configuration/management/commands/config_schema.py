"""`manage.py config_schema`: the JSON Schema of configuration files, for editors and pipelines (G-502)."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from configuration.files.schema import configuration_schema


class Command(BaseCommand):
    """Writes what stands in docs/configuration.schema.json."""

    help = "Write the JSON Schema of configuration files."

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes it to standard output."""
        self.stdout.write(json.dumps(configuration_schema(), ensure_ascii=False, indent=2))
