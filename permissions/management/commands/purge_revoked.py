"""`manage.py purge_revoked`: forget revocations of tokens that have expired; to be run daily."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from permissions.revocation import purge


class Command(BaseCommand):
    """Deletes rows only; the workers left them out already."""

    help = "Delete revocations and records of tokens that have expired by themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(purge()))
