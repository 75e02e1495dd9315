"""`python manage.py gateway`: one node, its control process and its workers."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from proxy.management.database_state import database_state
from proxy.node import log, supervisor
from proxy.node.binding import BindError, parse_address
from proxy.node.plan import NodePlan
from proxy.node.run_directory import NodeRunning
from proxy.snapshot.store import SnapshotFile

DEFAULT_BIND = "127.0.0.1:8080"
MAX_WORKERS = 256


class Command(BaseCommand):
    """Checks what it is given, then hands over to the supervisor."""

    help = "Run the gateway: a supervisor, a control process and the workers that carry the traffic."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The four options of a node."""
        parser.add_argument(
            "--bind",
            action="append",
            metavar="HOST:PORT",
            help=f"address of the traffic; may be given more than once (default {DEFAULT_BIND})",
        )
        parser.add_argument("--workers", type=int, metavar="N", help="worker processes (default: one for each CPU)")
        parser.add_argument(
            "--admin-bind",
            action="append",
            default=[],
            metavar="HOST:PORT",
            help="address of the API and the console alone; they are then not found on --bind",
        )
        parser.add_argument(
            "--server", choices=["edge", "uvicorn"], default="edge", help="what the workers listen with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs until a signal stops the node. Raises CommandError for what cannot start."""
        plan = NodePlan(
            binds=_addresses("--bind", options["bind"] or [DEFAULT_BIND]),
            admin_binds=_addresses("--admin-bind", options["admin_bind"]),
            workers=_worker_count(options["workers"]),
            server=options["server"],
            state_directory=Path(settings.GATEWAY_STATE_DIR),
            options=settings.GATEWAY_OPTIONS,
        )
        log.configure("gateway")
        self._check_database(plan)
        try:
            code = supervisor.run(plan)
        except (BindError, NodeRunning) as problem:
            raise CommandError(str(problem)) from problem
        if code:
            sys.exit(code)

    def _check_database(self, plan: NodePlan) -> None:
        """A lost database does not keep a node down that has a configuration on disk (G-505)."""
        state = database_state()
        if not state.problem:
            return
        if not (state.is_lost and SnapshotFile(plan.snapshot_path).exists()):
            raise CommandError(state.problem)
        warning = f"{state.problem}\nstarting from the configuration of {plan.snapshot_path}"
        self.stderr.write(self.style.WARNING(warning))


def _addresses(option: str, texts: list[str]) -> tuple[str, ...]:
    for text in texts:
        try:
            parse_address(text)
        except BindError as problem:
            raise CommandError(f"{option}: {problem}") from problem
    return tuple(texts)


def _worker_count(asked: int | None) -> int:
    if asked is None:
        return len(os.sched_getaffinity(0))
    if not 1 <= asked <= MAX_WORKERS:
        raise CommandError(f"--workers: {asked} is not a number from 1 to {MAX_WORKERS}")
    return asked
