"""The calls that a page of the documentation shows, each with the answer below it."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAIR = re.compile(r"```sh\n(curl .*?)```\n+(?:[^\n`#]+\n+)?```http\n(.*?)```", re.DOTALL)

KEYED_BY_FIELD = (".fields", ".details")
"""Objects whose keys are those of what is told about, which may be another thing here."""

ONLY_ON_A_NODE = {"problems"}
"""Fields that are told where there are processes to ask."""


@dataclass(frozen=True, slots=True)
class Example:
    """One `curl` command and the answer it got."""

    line: int
    method: str
    target: str
    """Path and query; variables as they are written."""
    headers: dict[str, str]
    body: str
    status: int
    answered_headers: dict[str, str]
    answer: str

    @property
    def document(self) -> Any:
        """The body of the answer; None where it is no JSON. A line of `…` alone stands for fields left out."""
        whole = re.sub(r"\n *…\n", '\n"…": null\n', self.answer)
        return json.loads(whole) if whole.startswith("{") else None


def examples_of(page: Path) -> list[Example]:
    """Those of a page, in its order."""
    text = page.read_text(encoding="utf-8")
    return [_example(text.count("\n", 0, found.start()) + 2, found[1], found[2]) for found in PAIR.finditer(text)]


def _example(line: int, command: str, reply: str) -> Example:
    words = iter(shlex.split(command.replace("\\\n", " ")))
    method, body, target = "", "", ""
    headers: dict[str, str] = {}
    for word in words:
        if word == "-X":
            method = next(words)
        elif word in ("-d", "--data-binary"):
            body = next(words)
        elif word == "-H":
            name, _colon, value = next(words).partition(": ")
            headers[name] = value
        elif word.startswith("$BASE"):
            target = word.removeprefix("$BASE")
    head, _blank, answer = reply.partition("\n\n")
    first, *fields = head.splitlines()
    return Example(
        line=line,
        method=method or ("POST" if body else "GET"),
        target=target,
        headers=headers,
        body=body,
        status=int(first.split()[1]),
        answered_headers=dict(field.split(": ", 1) for field in fields),
        answer=answer.strip(),
    )


def difference(shown: Any, answered: Any, place: str = "") -> str:
    """Where the shape of an answer is another than the page shows: a key, a type. Else empty.

    `null` and an empty list may stand for any value: what is unset in one of the two may be set in the other.
    """
    if shown is None or answered is None:
        return ""
    if isinstance(shown, dict) and isinstance(answered, dict) and place.endswith(KEYED_BY_FIELD):
        shown, answered = list(shown.values()), list(answered.values())
    if isinstance(shown, dict) and isinstance(answered, dict):
        named = shown.keys() - {"…"} - (ONLY_ON_A_NODE - answered.keys())
        if not named <= answered.keys() or ("…" not in shown and answered.keys() - named):
            return f"{place}: {sorted(named ^ answered.keys())} in one of the two only"
        return next(filter(None, (difference(shown[key], answered[key], f"{place}.{key}") for key in named)), "")
    if isinstance(shown, list) and isinstance(answered, list):
        return difference(shown[0], answered[0], f"{place}.0") if shown and answered else ""
    alike = type(shown) is type(answered) or {type(shown), type(answered)} == {int, float}
    return "" if alike else f"{place}: {shown!r} here, {answered!r} there"
