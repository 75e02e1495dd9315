"""The command line: options that every verb takes, and the verbs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from types import ModuleType
from typing import NoReturn

from gateway_client.errors import MISUSED
from gateway_client.session import Session
from gateway_client.verbs import apply, collect, diff, explain, export, ping, routes, services, tail, token, top

Run = Callable[[Session, argparse.Namespace], int]

VERBS: dict[str, ModuleType] = {
    "ping": ping,
    "routes": routes,
    "services": services,
    "export": export,
    "diff": diff,
    "apply": apply,
    "explain": explain,
    "tail": tail,
    "top": top,
    "token": token,
    "collect": collect,
}


class Parser(argparse.ArgumentParser):
    """Ends with 64 where argparse has 2, which is `diff`'s."""

    def error(self, message: str) -> NoReturn:
        self.print_usage()
        self.exit(MISUSED, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line; each verb's own arguments are in its module."""
    whole = Parser(prog="gateway", description="A gateway's REST API from a terminal.")
    whole.add_argument("--url", help="of the gateway; else GATEWAY_URL, else the configuration file")
    whole.add_argument(
        "--token", help="an access token; better GATEWAY_TOKEN or the configuration file: others see arguments"
    )
    whole.add_argument("--profile", default="", help="a table [profiles.NAME] of the configuration file")
    whole.add_argument("--timeout", type=float, metavar="SECONDS", dest="timeout_seconds", help="for one answer (30)")
    whole.add_argument("--reason", default="", help="why something is changed; kept with the revision")
    whole.add_argument("--json", action="store_true", help="results as JSON")
    verbs = whole.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, module in VERBS.items():
        said = (module.__doc__ or "").partition(": ")[2].partition("\n")[0]
        verb = verbs.add_parser(name, help=said, description=said)
        module.arguments(verb)
        verb.set_defaults(run=module.run)
    return whole
