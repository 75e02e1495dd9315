"""`manage.py create_api_token`: a token for a script, from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from permissions import api_tokens
from permissions.management.commands.issue_token import seconds
from permissions.models import TokenScope
from permissions.standing import standing_of


class Command(BaseCommand):
    """Prints the token, this once."""

    help = "Make an API token of an account and print it. It is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the account the token belongs to")
        parser.add_argument("--name", required=True, help="what it is for")
        parser.add_argument("--scope", choices=TokenScope.values, default=TokenScope.READ, help="default: read")
        parser.add_argument("--ttl", type=seconds, help="life in seconds; without it, until it is revoked")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = get_user_model().objects.filter(username=options["user"], is_active=True).first()
        if owner is None:
            raise CommandError(f"there is no active account “{options['user']}”: make it with createsuperuser")
        if options["scope"] not in api_tokens.scopes_for(standing_of(owner)):
            raise CommandError(f"“{options['user']}” is no administrator: take the scope read or write")
        expires_at = options["ttl"] and timezone.now() + timedelta(seconds=options["ttl"])
        try:
            token = api_tokens.create(owner, options["name"], options["scope"], expires_at)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(token.key)
