"""`explain`: what would become of a request, and why; nothing is sent to an instance."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from gateway_client.errors import DONE, Misused
from gateway_client.screen import plain, table
from gateway_client.session import Session

VERDICTS = {
    "serves": "green", "passes": "green", "forwarded": "green", "answers": "cyan", "answered": "cyan",
    "refuses": "red", "refused": "red", "unknown": "yellow",
}  # fmt: skip
INSTANCE = ("instance_id", "endpoint", "weight", "tier", "status", "reason", "circuit", "usable")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("method")
    parser.add_argument("path", help="with its query, as a client would send it")
    parser.add_argument("--host", help="localhost without it")
    parser.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="may be repeated")
    parser.add_argument("--address", help="of the client; 127.0.0.1 without it")
    parser.add_argument("--bearer", metavar="TOKEN", help="the access token that the request would carry")
    parser.add_argument("--scheme", choices=("http", "https"))
    parser.add_argument("--as-of", type=int, metavar="REVISION", help="by an earlier configuration")


def run(session: Session, options: argparse.Namespace) -> int:
    asked = {name: getattr(options, name) for name in ("method", "path", "host", "address", "scheme", "as_of")}
    asked |= {"token": options.bearer, "headers": headers_of(options.header)}
    body = {name: value for name, value in asked.items() if value not in (None, {})}
    content = session.api.call("POST", "/admin/explain", body).content
    if session.screen.as_json:
        session.screen.document(content)
        return DONE
    for line in told(content):
        session.screen.out.print(line)
    if upstream := content["upstream"]:
        rows = [[one[name] for name in INSTANCE] for one in upstream["instances"]]
        session.screen.out.print(table(INSTANCE, rows))
    return DONE


def headers_of(words: list[str]) -> dict[str, list[str]]:
    """Header fields by name, each with its values in their order. Raises `Misused`."""
    found: dict[str, list[str]] = {}
    for word in words:
        name, colon, value = word.partition(":")
        if not colon or not name:
            raise Misused(f"{word}: a header field is given as NAME:VALUE")
        found.setdefault(name.strip(), []).append(value.strip())
    return found


def told(content: Mapping[str, Any]) -> Iterator[Text]:
    """The outcome, the candidates with their conditions, the stages with their verdicts, and where it would go."""
    yield _line(content["outcome"], f"{content['status'] or ''} {content['code']} {content['reason']}", "")
    path = content["path"]
    if path["refused"] or path["ambiguities"] or path["canonical"] != path["sent"]:
        remarks = ", ".join([*path["ambiguities"], path["refused"]])
        yield Text(plain(f"path {path['sent']} is read as {path['canonical'] or '–'}  {remarks}".rstrip(" ,")))
    for candidate in content["candidates"]:
        route = candidate["route"]
        yield _line(candidate["verdict"], f"{route['name'] or route['path_pattern']} → {route['service']}", "  ")
        for check in candidate["checks"]:
            yield Text(
                f"      {'✓' if check['passed'] else '✗'} {plain(check['text'])}", "" if check["passed"] else "red"
            )
    if left_out := content["candidates_left_out"]:
        yield Text(f"  and {left_out} more")
    for step in content["steps"]:
        details = ", ".join(f"{name}={value}" for name, value in step["details"].items() if value not in ("", None))
        said = f"{step['stage']}  {step['code']} {step['reason']}".rstrip()
        yield _line(step["verdict"], f"{said}  {details}", "  ")
    if upstream := content["upstream"]:
        said = f"{upstream['service']} {upstream['path']}, {upstream['strategy']}, circuit {upstream['circuit']}"
        yield Text(plain(f"to {said}"))


def _line(verdict: str, said: str, indent: str) -> Text:
    line = Text(f"{indent}{verdict.replace('_', ' '):14}", VERDICTS.get(verdict, "dim"))
    return line.append(plain(" ".join(said.split())), "default")
