"""`manage.py issue_token`: a token from the command line (G-017)."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from permissions.identity import is_list_name, is_plain_name
from permissions.tokens import access_token

MAX_TTL_SECONDS = 10 * 366 * 86_400


class Command(BaseCommand):
    """Prints a bare access token of the built-in issuer; no account of that name is needed."""

    help = "Print an access token signed with GATEWAY_JWT_SECRET."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--subject", required=True, type=_subject, help="the user the token names (sub)")
        parser.add_argument("--permission", action="append", default=[], type=_name, help="may be repeated")
        parser.add_argument("--role", action="append", default=[], type=_name, help="may be repeated")
        parser.add_argument("--ttl", default=3600, type=seconds, help="life in seconds (default 3600)")

    def handle(self, *args: Any, **options: Any) -> None:
        lifetime = timedelta(seconds=options["ttl"])
        token = access_token(options["subject"], options["permission"], options["role"], lifetime)
        self.stdout.write(str(token))


def _subject(text: str) -> str:
    if not is_plain_name(text):
        raise ArgumentTypeError("1 to 255 printable characters, no blanks at the ends")
    return text


def _name(text: str) -> str:
    if not is_list_name(text):
        raise ArgumentTypeError("1 to 255 printable characters, no comma, no blanks at the ends")
    return text


def seconds(text: str) -> int:
    """A lifetime on the command line. Raises `ArgumentTypeError`."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= MAX_TTL_SECONDS:
        raise ArgumentTypeError(f"a whole number of seconds from 1 to {MAX_TTL_SECONDS}")
    return int(text)
