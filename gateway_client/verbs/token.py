"""`token`: get one for an account, read what one says, revoke one."""

from __future__ import annotations

import argparse
import base64
import getpass
import json
import os
import time
from typing import Any

from gateway_client.errors import DONE, Misused
from gateway_client.session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="log in; prints the access token alone")
    new.add_argument("username")
    new.set_defaults(act=_new)
    for action, act, does in (
        ("show", _show, "what a token says; no signature is checked and no gateway asked"),
        ("revoke", _revoke, "refuse it from now on"),
    ):
        one = actions.add_parser(action, help=does)
        one.add_argument("token", nargs="?", default="", help="without one, the token that would be sent")
        one.set_defaults(act=act)


def run(session: Session, options: argparse.Namespace) -> int:
    status: int = options.act(session, options)
    return status


def _new(session: Session, options: argparse.Namespace) -> int:
    password = os.environ.get("GATEWAY_PASSWORD") or getpass.getpass(f"Password of {options.username}: ")
    given = {"username": options.username, "password": password}
    content = session.api.call("POST", "/admin/auth/token", given).content
    if session.screen.as_json:
        session.screen.document(content)
    else:
        session.screen.raw(f"{content['access']}\n")
        session.screen.note(f"good for {content['expires_in']} seconds", "dim")
    return DONE


def _show(session: Session, options: argparse.Namespace) -> int:
    header, claims = read_token(options.token or session.token)
    if session.screen.as_json:
        session.screen.document({"header": header, "claims": claims})
        return DONE
    session.screen.fields({**header, **claims, "expires": left(claims.get("exp"), time.time())})
    return DONE


def _revoke(session: Session, options: argparse.Namespace) -> int:
    token = options.token or session.token
    if not token:
        raise Misused("no token: give one, or --token, or GATEWAY_TOKEN")
    return session.written("POST", "/admin/auth/revoke", {"token": token})


def read_token(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JSON Web Token. Raises `Misused`."""
    try:
        header, claims, _signature = token.split(".")
        parts = [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, claims)]
    except ValueError as error:
        raise Misused("that is no JSON Web Token: three parts with dots between are expected") from error
    if not all(isinstance(part, dict) for part in parts):
        raise Misused("that is no JSON Web Token: its parts are no objects")
    return parts[0], parts[1]


def left(expires: Any, now: float) -> str:
    """How long a token is still good."""
    if not isinstance(expires, int | float):
        return "never"
    seconds = int(expires - now)
    return f"in {seconds} s" if seconds > 0 else f"{-seconds} s ago"
