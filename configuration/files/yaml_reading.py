"""YAML into plain values, by the rules of YAML 1.2 that JSON has too, and bounded in every direction.

PyYAML's parser gives events; they are put together here, because its own composer recurses in C and crashes the
process on a deeply nested document, takes `no` and `12:30` as YAML 1.1 did, and lets a repeated key pass. Here a plain
scalar is `null`, `~` or nothing, `true`, `false`, a number as JSON writes it, or text. Keys are always text, tags are
refused. An alias stands for the value of its anchor, and counts each time, with all that is in it, against
`MOST_VALUES`.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import yaml
from django.utils.translation import gettext as _

from configuration.files.located import LocatedArray, LocatedObject
from configuration.files.problem import whole
from gateway_project.rest.parser import text_problem

MAX_DEPTH = 32
"""Levels of nesting, as for JSON bodies."""
MOST_VALUES = 2_000_000
"""Values of a document, aliases written out; 10,000 routes have a quarter of a million."""

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,400})(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


def read_yaml(text: str) -> Any:
    """The one value of a YAML text. Raises `DocumentError` with the line."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_PARSER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, [error.context, error.problem]))
        raise whole(
            _("This is not valid YAML: %(reason)s.") % {"reason": reason}, mark.line + 1 if mark else None
        ) from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())[:200]
        raise whole(_("This is not valid YAML: %(reason)s.") % {"reason": reason}) from error
    return builder.value()


class _Builder:
    """Puts events together. The stack holds [container, key that waits for its value, anchor, size so far]."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self.stack: list[list[Any]] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.size = 0

    def take(self, event: Any) -> None:
        """One event of the parser."""
        handler = self.HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def value(self) -> Any:
        """What was read; None for an empty text."""
        return self.documents[0] if self.documents else None

    def scalar(self, event: Any) -> None:
        line = event.start_mark.line + 1
        _refuse_tag(event, line)
        problem = text_problem(event.value)
        if problem:
            raise whole(problem, line)
        is_key = bool(self.stack) and isinstance(self.stack[-1][0], dict) and self.stack[-1][1] is None
        value = event.value if is_key or not event.implicit[0] else self._plain(event.value, line)
        self._count(1, line)
        if event.anchor is not None:
            self.anchors[event.anchor] = (event.value if is_key else value, 1)
        self._add(value, line)

    def alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if event.anchor not in self.anchors:
            told = _("The alias *%(name)s stands for nothing that was written before it.") % {"name": event.anchor}
            raise whole(told, line)
        value, size = self.anchors[event.anchor]
        self._count(size, line)
        self._add(value, line)

    def begin(self, event: Any) -> None:
        line = event.start_mark.line + 1
        _refuse_tag(event, line)
        if len(self.stack) >= MAX_DEPTH:
            raise whole(_("This value is nested too deeply."), line)
        self._count(1, line)
        container: Any = LocatedObject() if isinstance(event, yaml.MappingStartEvent) else LocatedArray()
        self.stack.append([container, None, event.anchor, self.size - 1, line])

    def end(self, event: Any) -> None:
        container, _key, anchor, before, line = self.stack.pop()
        if anchor is not None:
            self.anchors[anchor] = (container, self.size - before)
        self._add(container, line)

    def document(self, event: Any) -> None:
        if self.documents:
            raise whole(_("There is a second document in this file."), event.start_mark.line + 1)

    def _add(self, value: Any, line: int) -> None:
        if not self.stack:
            self.documents.append(value)
            return
        top = self.stack[-1]
        if isinstance(top[0], LocatedArray):
            top[0].append(value)
            top[0].lines.append(line)
        elif top[1] is None:
            self._begin_entry(top, value, line)
        else:
            top[0][top[1]] = value
            top[1] = None

    @staticmethod
    def _begin_entry(top: list[Any], key: Any, line: int) -> None:
        if not isinstance(key, str):
            raise whole(_("A key must be a text."), line)
        if key in top[0]:
            raise whole(_("The key “%(name)s” is given more than once.") % {"name": key[:100]}, line)
        top[0].lines[key] = line
        top[1] = key

    @staticmethod
    def _plain(text: str, line: int) -> Any:
        value = plain_value(text)
        if isinstance(value, float) and not math.isfinite(value):
            raise whole(_("A number is out of range."), line)
        return value

    def _count(self, size: int, line: int) -> None:
        self.size += size
        if self.size > MOST_VALUES:
            raise whole(_("There are more than %(most)d values in this file.") % {"most": MOST_VALUES}, line)

    HANDLERS = {
        yaml.ScalarEvent: scalar,
        yaml.AliasEvent: alias,
        yaml.MappingStartEvent: begin,
        yaml.SequenceStartEvent: begin,
        yaml.MappingEndEvent: end,
        yaml.SequenceEndEvent: end,
        yaml.DocumentStartEvent: document,
    }


def _refuse_tag(event: Any, line: int) -> None:
    if event.tag is not None and event.tag != "!":
        raise whole(_("Tags have no meaning here; leave %(tag)s out.") % {"tag": event.tag[:100]}, line)


def plain_value(text: str) -> Any:
    """What a plain scalar stands for: an infinite number where it is beyond every number."""
    if text in _WORDS:
        return _WORDS[text]
    return json.loads(text) if _NUMBER.fullmatch(text) else text
