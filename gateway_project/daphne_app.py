"""Daphne as an app, for `runserver`, without loading its server.

Its own configuration imports Twisted, autobahn and OpenSSL into every process that sets Django up: a third of a node's
start and of each management command. `runserver` and the `daphne` command import the server themselves, first of all.
"""

from __future__ import annotations

from django.apps import AppConfig


class DaphneCommands(AppConfig):
    """Finds the commands of daphne before those of staticfiles."""

    name = "daphne"
    verbose_name = "Daphne"
