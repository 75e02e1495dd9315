"""`python manage.py demo`: seed an empty database, then run two upstreams and the gateway until Ctrl-C."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from proxy.demo.processes import DemoProcesses, is_listening
from proxy.demo.seed import Seed, demo_tokens, plant
from proxy.demo.tour import render
from proxy.node.binding import Address, BindError, parse_address


class Command(BaseCommand):
    """Everything a newcomer needs to see the gateway at work."""

    help = "Seed a demo when the database is empty, start two upstreams and the gateway, print the calls to try."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where and how wide the gateway runs."""
        parser.add_argument("--bind", default="127.0.0.1:8080", metavar="HOST:PORT", help="where the gateway listens")
        parser.add_argument("--workers", type=int, default=1, metavar="N", help="worker processes (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs until a signal. Raises CommandError when an address is wrong or taken."""
        bind = options["bind"]
        try:
            address = parse_address(bind)
        except BindError as problem:
            raise CommandError(f"--bind: {problem}") from problem
        host, port = address.host or "127.0.0.1", address.port
        seed = plant()
        self._refuse_taken("the gateway", host, port)
        for name, upstream_port in seed.upstreams:
            self._refuse_taken(name, "127.0.0.1", upstream_port)
        with DemoProcesses() as running:
            for name, upstream_port in seed.upstreams:
                running.start("-m", "proxy.demo.upstream", "--name", name, "--port", str(upstream_port))
            asked = ("--bind", bind, "--admin-bind", "shared", "--workers", str(options["workers"]))
            running.start(sys.argv[0], "gateway", *asked)
            base = f"http://{Address(host, port)}"
            if running.wait_answering(f"{base}/health/live"):
                self._tell(seed, base)
            code = running.wait()
        if code:
            raise CommandError("a process of the demo ended by itself; its message is above", returncode=code)
        self.stdout.write("Stopped.")

    def _refuse_taken(self, name: str, host: str, port: int) -> None:
        if is_listening(host, port):
            raise CommandError(f"{name} needs {host}:{port}, but something listens there already; stop it first")

    def _tell(self, seed: Seed, base: str) -> None:
        if seed.upstreams:
            self.stdout.write("\n" + render(base, *demo_tokens(), account(seed)) + "\n")
        else:
            self.stdout.write(f"The gateway listens on {base} with your own configuration; the demo is not part of it.")


def account(seed: Seed) -> str:
    """Who may log in, and how to get a password. A new account's password is shown this once."""
    reset = f"{os.path.relpath(sys.executable)} manage.py changepassword {seed.administrator}"
    if seed.password:
        return f"{seed.administrator}, password {seed.password} (shown this once; `{reset}` sets another)"
    return f"{seed.administrator} (`{reset}` sets a new password)"
