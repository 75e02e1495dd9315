"""`python manage.py gateway`: one node, its control process and its workers; or a word to the one that runs."""

from __future__ import annotations

import os
import signal
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
from proxy.node.run_directory import NodeRunning, running_supervisor
from proxy.snapshot.store import SnapshotFile

DEFAULT_BIND = "127.0.0.1:8080"
SHARED = "shared"
MAX_WORKERS = 256
WORDS = {"reload": signal.SIGHUP, "restart": signal.SIGUSR2}
"""What may be asked of the node that runs with this state directory."""


class Command(BaseCommand):
    """Checks what it is given, then hands over to the supervisor."""

    help = "Run the gateway: a supervisor, a control process and the workers that carry the traffic."
    requires_system_checks = ["gateway"]  # a tag: those of the settings

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The four options of a node, and what may be asked of a running one."""
        parser.add_argument(
            "word",
            nargs="?",
            choices=["run", *WORDS],
            default="run",
            help="run a node here (default), or have the running one read its configuration again (reload) "
            "or replace its processes one after another without a lost request (restart)",
        )
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
            metavar="HOST:PORT",
            help=f"address of the API and the console; `{SHARED}` serves them on --bind (default: GATEWAY_ADMIN_BIND)",
        )
        parser.add_argument(
            "--server", choices=["edge", "uvicorn"], default="edge", help="what the workers listen with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs until a signal stops the node. Raises CommandError for what cannot start or has nobody to hear it."""
        if options["word"] in WORDS:
            self._tell(options["word"])
            return
        plan = NodePlan(
            binds=_addresses("--bind", options["bind"] or [DEFAULT_BIND]),
            admin_binds=_admin_addresses(options["admin_bind"]),
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

    def _tell(self, word: str) -> None:
        pid = running_supervisor(Path(settings.GATEWAY_STATE_DIR))
        if pid is None:
            raise CommandError(
                f"no gateway runs with the state directory {settings.GATEWAY_STATE_DIR} (GATEWAY_STATE_DIR)"
            )
        os.kill(pid, WORDS[word])
        self.stdout.write(f"told the gateway (pid {pid}) to {word}; its log says what comes of it")

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


def _admin_addresses(given: list[str] | None) -> tuple[str, ...]:
    """None for `shared`, which says that whoever reaches the traffic may reach the console too."""
    option = "--admin-bind" if given else "GATEWAY_ADMIN_BIND"
    texts = given or list(settings.GATEWAY_ADMIN_BIND)
    if not texts:
        raise CommandError(f"{option}: name an address, or write `{SHARED}`")
    return () if texts == [SHARED] else _addresses(option, texts)


def _worker_count(asked: int | None) -> int:
    if asked is None:
        return len(os.sched_getaffinity(0))
    if not 1 <= asked <= MAX_WORKERS:
        raise CommandError(f"--workers: {asked} is not a number from 1 to {MAX_WORKERS}")
    return asked
